// This page, asked for once more: at its own address, unless it is the answer to a form of another one and names its own.

/** Opens the page anew with a GET, also where it is the answer to a form. */
export function again(address) {
  location.replace(address || location.pathname + location.search);
}

// Nobody has pressed anything: what a page asks for by itself keeps no session alive (P-40).
const BY_ITSELF = { "Portal-Background": "1" };

/**
 * This page as the server would show it now.
 *
 * @returns {Promise<{elsewhere: string, page: Document | null}>} the address it has moved to, if it has, and the page, if it
 *   could be had. Rejects without a network.
 */
export async function fresh(address) {
  const answer = await fetch(address || location.href, { cache: "no-store", credentials: "same-origin", headers: BY_ITSELF });
  const text = answer.ok ? await answer.text() : "";
  return {
    elsewhere: answer.redirected ? answer.url : "",
    page: text ? new DOMParser().parseFromString(text, "text/html") : null,
  };
}

/** `task`, never twice at a time: wishes that come while it runs ask for one more round, not for one each. */
export function oneAtATime(task) {
  let busy = false;
  let wanted = false;
  return async () => {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted) {
      wanted = false;
      await task();
    }
    busy = false;
  };
}
