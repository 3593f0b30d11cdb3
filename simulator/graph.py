"""The addresses of the Graph side."""

from __future__ import annotations

from aiohttp import web

from . import graph_objects, graph_threads, profile
from .graph_call import PLATFORM
from .graph_send import send

__all__ = ["PLATFORM", "add_routes"]


def add_routes(app: web.Application) -> None:
    """Add the Graph side's addresses to `app`."""
    made, routes = graph_objects.handler, app.router
    version = r"/{version:v\d+\.\d+}/"
    end = "{slash:/?}"  # the official Python client ends an object's address with one
    one = version + "{node}" + end
    account = version + r"act_{account:\d+}/{edge:campaigns|adsets|adcreatives|ads}" + end
    templates = version + "{node}/message_templates" + end
    routes.add_post(version + "{node}/messages" + end, send)
    threads = version + "{node}/{do:pass|take|request}_thread_control" + end
    routes.add_post(threads, made(graph_threads.control))
    routes.add_post(templates, made(graph_objects.create_template))
    routes.add_get(templates, made(graph_objects.list_templates, graph_objects.SEARCH))
    routes.add_post(account, made(graph_objects.create_ad))
    routes.add_get(account, made(graph_objects.list_ads, graph_objects.PAGING))
    routes.add_get(version + "{node}/messenger_profile" + end, made(profile.show))
    routes.add_post(version + "{node}/messenger_profile" + end, made(profile.change))
    routes.add_delete(version + "{node}/messenger_profile" + end, made(profile.delete))
    routes.add_get(one, made(graph_objects.show))
    routes.add_post(one, made(graph_objects.change))
    routes.add_route("*", version + "{rest:.*}", made(graph_objects.nothing))
