import RequestQueue from "kafkajs/src/network/requestQueue/index.js";

/** The part of kafkajs' request queue that is used here. */
interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: ReturnType<typeof setTimeout> | null;
  checkPendingRequests(): void;
}

/** How often a full queue is checked, in ms (as in kafkajs). */
const CHECK_INTERVAL_MS = 10;

/**
 * Patches kafkajs 2.2.4's request queue, which sets a timer after every check whether or not a
 * request is waiting, and with a negative delay: an idle connection polls each millisecond, and new
 * runtimes print a TimeoutNegativeWarning. Here a timer is set only while a request is waiting;
 * whatever makes room (an answer, a timeout) looks at the queue anyway.
 *
 * Source: kafkajs issues 1704 and 1751.
 */
export function patchRequestQueue(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: Queue) {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const throttled = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, throttled > 0 ? throttled : CHECK_INTERVAL_MS);
  };
}
