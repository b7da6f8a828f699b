"""Models of the agents' room, one workspace's own."""

from ai_agents.models.chatbots import (
    Chatbot,
    ChatbotDocument,
    ChatbotKey,
    ChatbotMonth,
    ChatbotPassage,
)
from ai_agents.models.coaching import Coaching, CoachTip
from ai_agents.models.conversations import Conversation, Message
from ai_agents.models.ledger import Allowance, Hold, Reservation
from ai_agents.models.questions import Question
from ai_agents.models.recommendations import Recommendation
from ai_agents.models.talks import ChatbotConversation, ChatbotTurn
from ai_agents.models.usage import MonthlyCharge, Preference, Usage

__all__ = [
    "Allowance",
    "Chatbot",
    "ChatbotConversation",
    "ChatbotDocument",
    "ChatbotKey",
    "ChatbotMonth",
    "ChatbotPassage",
    "ChatbotTurn",
    "CoachTip",
    "Coaching",
    "Conversation",
    "Hold",
    "Message",
    "MonthlyCharge",
    "Preference",
    "Question",
    "Recommendation",
    "Reservation",
    "Usage",
]
