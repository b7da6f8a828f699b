"""What can be asked: every operation of every agent."""

from ai_agents.agents import analytics, content, messaging, sales
from ai_agents.agents.base import Operation

OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for agent in (content, analytics, sales, messaging)
    for operation in agent.OPERATIONS
}
