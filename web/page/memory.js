// What this tab was at, for the same page loaded again. A new tab knows nothing of it, and closing the tab forgets it.

const KEY = 'gouji-work';

export function recallWork() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

// Whether there was room: without storage, or with more than it holds, nothing is remembered.
export function rememberWork(work) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(work));
    return true;
  } catch {
    return false;
  }
}

export function forgetWork() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // There was nothing.
  }
}
