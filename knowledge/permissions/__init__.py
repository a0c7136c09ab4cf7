"""Who may do what with what we know. Each answer is a verdict with the reason that a page shows; nothing is changed."""

from knowledge.permissions.communities import *  # noqa: F403
from knowledge.permissions.conversations import *  # noqa: F403
from knowledge.permissions.guidance import *  # noqa: F403
from knowledge.permissions.insights import *  # noqa: F403
from knowledge.permissions.people import *  # noqa: F403
