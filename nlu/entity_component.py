"""Rasa's tagger of entities with what `nlu.entities` adds, kept trained.

Rasa's own component keeps its training sentences and trains again each time a model is loaded: a
minute of work at every start. This one keeps the trained tagger.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractor, CRFToken
from rasa.nlu.extractors.entity_synonyms import EntitySynonymMapper
from rasa.shared.nlu.constants import ENTITIES, INTENT, NO_ENTITY_TAG, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn_crfsuite import CRF

from .entities import EntityWords, Example, Marked
from .word_classes import WordClasses

_TAGGER = ".crfsuite"
#: An entity is found from a chance of 0.35 on.
_FAVOUR = defaultdict(lambda: 1.0, {NO_ENTITY_TAG: 0.35 / 0.65})
_AS_SAID = frozenset({"product", "order_id"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SentenceEntityExtractor(CRFEntityExtractor):
    """Finds entities; stands after the intent classifier, whose answer it reads."""

    _words = EntityWords(frozenset())
    _classes = WordClasses()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the tagger, the words, and which entity goes with which intent."""
        self._words = EntityWords.learnt(
            [
                Example(each.get(TEXT), each.get(INTENT), tuple(_marks(each.get(ENTITIES) or [])))
                for each in training_data.nlu_examples
                if each.get(TEXT) and each.get(INTENT)
            ]
        )
        self._classes = WordClasses.learnt(
            token.text
            for each in training_data.nlu_examples
            for token in each.get(TOKENS_NAMES[TEXT]) or []
        )
        return super().train(training_data)

    def persist(self, dataset: list[Any]) -> None:
        """Keep the trained taggers and the words; the dataset has done its work."""
        with self._model_storage.write_to(self._resource) as folder:
            for name, tagger in (self.entity_taggers or {}).items():
                (folder / f"{name}{_TAGGER}").write_bytes(Path(tagger.modelfile.name).read_bytes())
            self._words.save(folder)
            self._classes.save(folder)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEntityExtractor:
        """Return the trained component."""
        with model_storage.read_from(resource) as folder:
            taggers = {}
            for file in sorted(folder.glob(f"*{_TAGGER}")):
                tagger = taggers[file.stem] = CRF(model_filename=str(file))
                if tagger.tagger_ is None:  # reads the file now: Rasa removes the folder soon
                    raise OSError(f"the tagger in `{file}` cannot be read")
            extractor = cls(config, model_storage, resource, taggers)
            extractor.crf_order = [name for name in extractor.crf_order if name in taggers]
            extractor._words = EntityWords.load(folder)
            extractor._classes = WordClasses.load(folder)
            return extractor

    def _convert_to_crf_tokens(self, message: Message) -> list[CRFToken]:
        """Return the tokens with their classes among their patterns, which the tagger is told."""
        tokens: list[CRFToken] = super()._convert_to_crf_tokens(message)
        for token, classes in zip(tokens, self._classes.of(t.text for t in tokens), strict=True):
            token.pattern = {**token.pattern, **{f"class{n}": c for n, c in enumerate(classes)}}
        return tokens

    def _most_likely_tag(
        self, predictions: list[dict[str, float]]
    ) -> tuple[list[str], list[float]]:
        """Return each word's tag and how sure that is; an entity needs less than half a chance.

        What is found wrongly is asked about, what is missed is asked for again: and the measure of
        both together is best below a half (docs/decisions/0008).
        """
        tags = [max(each, key=lambda tag: each[tag] * _FAVOUR[tag]) for each in predictions]
        return tags, [each[tag] for tag, each in zip(tags, predictions, strict=True)]

    def extract_entities(self, message: Message) -> list[dict[str, Any]]:
        """Return what the tagger finds and the intent allows, and the known words it missed."""
        text: str = message.get(TEXT) or ""
        intent = str((message.get(INTENT) or {}).get("name"))
        tagged = [
            each
            for each in super().extract_entities(message)
            if self._words.goes_with(intent, each["entity"])
        ]
        known = self._words.found(text, intent, _marks(tagged))
        tagged += [
            {"entity": m.entity, "start": m.start, "end": m.end, "value": text[m.start : m.end]}
            for m in known
        ]
        return sorted(tagged, key=lambda each: int(each["start"]))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class KnownSynonymMapper(EntitySynonymMapper):
    """Puts the id in the place of a word for it, and leaves products and order numbers as said.

    Rasa's own mapper learns every marked word as a synonym of itself: `SKU 55` became `sku 55`
    because a training sentence writes it so.
    """

    def replace_synonyms(self, entities: list[dict[str, Any]]) -> None:
        """Put ids in place, in the entities themselves."""
        super().replace_synonyms([e for e in entities if e["entity"] not in _AS_SAID])


def _marks(entities: list[dict[str, Any]]) -> list[Marked]:
    return [Marked(each["entity"], each["start"], each["end"]) for each in entities]
