"""URLs of the agents."""

from django.urls import path

from ai_agents.views import assistant, usage

app_name = "ai_agents"

urlpatterns = [
    path("", assistant.assistant, name="assistant"),
    path("ask/", assistant.ask, name="ask"),
    path("answers/<uuid:code>/", assistant.answer_detail, name="answer-detail"),
    path("answers/<uuid:code>/cancel/", assistant.answer_cancel, name="answer-cancel"),
    path("answers/<uuid:code>/delete/", assistant.answer_delete, name="answer-delete"),
    path("usage/", usage.show_usage, name="usage"),
]
