"""What a PIN costs a phone: a quarter of a second of computing, each time that somebody types it."""

from playwright.sync_api import BrowserContext

from tests.given import LONG

# Before any script of ours: of the rounds that a page asks for, one is computed.
_ONE = """(() => {
    if (!globalThis.SubtleCrypto) return; // no secure context
    const derive = SubtleCrypto.prototype.deriveBits;
    SubtleCrypto.prototype.deriveBits = function (how, ...more) {
        const cheap = how.name === "PBKDF2" ? { ...how, iterations: 1 } : how;
        return derive.call(this, cheap, ...more);
    };
})();"""


def one_round(context: BrowserContext) -> None:
    """Typing PINs costs next to nothing here, unless PORTAL_LONG=1."""
    if not LONG:
        context.add_init_script(_ONE)
