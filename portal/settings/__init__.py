"""Settings: the environment on top of what stands here, a room for each subject.

DATABASE_URL and REDIS_URL alone make the shared form of the portal.
"""

from portal.settings.applications import *  # noqa: F403
from portal.settings.base import *  # noqa: F403
from portal.settings.base import env
from portal.settings.carriers import *  # noqa: F403
from portal.settings.frame import *  # noqa: F403
from portal.settings.keeping import *  # noqa: F403
from portal.settings.logs import *  # noqa: F403
from portal.settings.safety import *  # noqa: F403

# Of each variable that is read in one of them, its default: for the page that lists them.
PORTAL_VARIABLES = env.read
