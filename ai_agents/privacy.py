"""What the agents' models hold about people."""

from accounts.privacy import Leaves, register
from ai_agents.catalogue.models import AIModel, CostDay, ModelPrice, RecallDay
from ai_agents.models import (
    Allowance,
    Chatbot,
    ChatbotConversation,
    ChatbotDocument,
    ChatbotKey,
    ChatbotMonth,
    ChatbotPassage,
    ChatbotTurn,
    Coaching,
    CoachTip,
    Conversation,
    Hold,
    Message,
    MonthlyCharge,
    Preference,
    Question,
    Recommendation,
    Reservation,
    Usage,
)

register(AIModel, neutral="provider name successor", leaves=Leaves.SOON)
register(ModelPrice, neutral="source", leaves=Leaves.SOON)
register(CostDay, neutral="provider model agent", leaves=Leaves.WITH_WORKSPACE)
register(RecallDay, leaves=Leaves.WITH_WORKSPACE)
register(Allowance, neutral="measure period", leaves=Leaves.WITH_WORKSPACE)
register(
    Reservation,
    neutral="agent operation request_hash state month",
    leaves=Leaves.WITH_WORKSPACE,
)
register(Hold, leaves=Leaves.WITH_WORKSPACE)
register(
    Usage, neutral="agent month provider deployment model outcome", leaves=Leaves.WITH_WORKSPACE
)
register(MonthlyCharge, neutral="month", leaves=Leaves.WITH_WORKSPACE)
register(Preference, leaves=Leaves.WITH_WORKSPACE)
register(
    Question,
    personal="inputs answer figures",
    neutral="agent operation language state problem provider model memory_key",
    leaves=Leaves.SOON,
)
register(
    Recommendation,
    personal="subject figures decided_by_label",
    neutral="kind zone state why effect",
    leaves=Leaves.WITH_SOURCE,
)
register(Coaching, leaves=Leaves.WITH_SOURCE)
register(
    CoachTip,
    neutral="kind metric_ref figures words language provider",
    leaves=Leaves.WITH_SOURCE,
)
register(Conversation, personal="title", leaves=Leaves.SOON)
register(
    Message,
    personal="text figures",
    neutral="role state language agent problem provider model",
    leaves=Leaves.SOON,
)
register(
    Chatbot,
    personal="name description system_prompt",
    neutral="deployment origins",
    leaves=Leaves.WITH_WORKSPACE,
)
register(ChatbotKey, secret="key_hash", neutral="hint", leaves=Leaves.WITH_WORKSPACE)
register(ChatbotMonth, neutral="month", leaves=Leaves.WITH_WORKSPACE)
register(
    ChatbotDocument,
    personal="filename content",
    neutral="kind digest state problem",
    leaves=Leaves.WITH_WORKSPACE,
)
register(ChatbotPassage, personal="text vector", neutral="embedder", leaves=Leaves.WITH_WORKSPACE)
# Deleted after the bot's own days of keeping; the network after thirty days at the latest.
register(ChatbotConversation, personal="network", neutral="channel", leaves=Leaves.SOON)
register(
    ChatbotTurn,
    personal="message context answer sources",
    neutral="month state problem provider model",
    leaves=Leaves.SOON,
)
