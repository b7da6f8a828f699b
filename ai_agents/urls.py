"""URLs of the agents."""

from django.urls import path

from ai_agents.views import assistant, chat, chatbots, coaching, recommendations, talks, usage

app_name = "ai_agents"

urlpatterns = [
    path("", assistant.assistant, name="assistant"),
    path("ask/", assistant.ask, name="ask"),
    path("answers/<uuid:code>/", assistant.answer_detail, name="answer-detail"),
    path("answers/<uuid:code>/cancel/", assistant.answer_cancel, name="answer-cancel"),
    path("answers/<uuid:code>/delete/", assistant.answer_delete, name="answer-delete"),
    path("coach/<uuid:code>/", coaching.show_coach, name="coach"),
    path("coach/<uuid:code>/switch/", coaching.switch, name="coach-switch"),
    path("coach/tips/<uuid:code>/dismiss/", coaching.dismiss, name="tip-dismiss"),
    path("chat/", chat.chat, name="chat"),
    path("chat/send/", chat.chat_begin, name="chat-begin"),
    path("chat/messages/<uuid:code>/", chat.message_detail, name="message-detail"),
    path("chat/messages/<uuid:code>/stop/", chat.message_stop, name="message-stop"),
    path("chat/<uuid:code>/", chat.chat_detail, name="chat-detail"),
    path("chat/<uuid:code>/send/", chat.chat_send, name="chat-send"),
    path("chat/<uuid:code>/delete/", chat.chat_delete, name="chat-delete"),
    path("chat/<uuid:code>/export/", chat.chat_export, name="chat-export"),
    path("recommendations/", recommendations.recommendation_list, name="recommendation-list"),
    path(
        "recommendations/<uuid:code>/",
        recommendations.recommendation_decide,
        name="recommendation-decide",
    ),
    path("chatbots/", chatbots.chatbot_list, name="chatbot-list"),
    path("chatbots/new/", chatbots.chatbot_create, name="chatbot-create"),
    path("chatbots/<uuid:code>/", chatbots.chatbot_detail, name="chatbot-detail"),
    path("chatbots/<uuid:code>/edit/", chatbots.chatbot_edit, name="chatbot-edit"),
    path("chatbots/<uuid:code>/delete/", chatbots.chatbot_delete, name="chatbot-delete"),
    path("chatbots/<uuid:code>/key/", chatbots.chatbot_key, name="chatbot-key"),
    path("chatbots/<uuid:code>/key/revoke/", chatbots.chatbot_revoke, name="chatbot-revoke"),
    path("chatbots/<uuid:code>/documents/", chatbots.chatbot_document, name="chatbot-document"),
    path("chatbots/documents/<uuid:code>/", chatbots.document_detail, name="document-detail"),
    path(
        "chatbots/documents/<uuid:code>/delete/", chatbots.document_delete, name="document-delete"
    ),
    path("chatbots/<uuid:code>/try/", talks.chatbot_try, name="chatbot-try"),
    path("chatbots/<uuid:code>/conversations/", talks.chatbot_talks, name="chatbot-talks"),
    path("chatbots/conversations/<uuid:code>/", talks.talk_detail, name="talk-detail"),
    path("chatbots/conversations/<uuid:code>/delete/", talks.talk_delete, name="talk-delete"),
    path("chatbots/turns/<uuid:code>/", talks.turn_detail, name="turn-detail"),
    path("chatbots/turns/<uuid:code>/reveal/", talks.turn_reveal, name="turn-reveal"),
    path(
        "recommendations/<uuid:code>/words/",
        recommendations.recommendation_phrase,
        name="recommendation-phrase",
    ),
    path("usage/", usage.show_usage, name="usage"),
]
