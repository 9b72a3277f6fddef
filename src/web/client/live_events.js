/**
 * Follows an event stream while the page can be seen: a browser has six connections to a server, and each stream takes
 * one, so that the pages in hidden tabs would leave none to the others. Each connection begins with everything.
 *
 * @param {object} options
 * @param {string} options.url
 * @param {() => void} options.onLive Is called when a connection begins.
 * @param {(heardAt: number) => void} options.onLost Is called when it is lost, and with each attempt that fails; with the
 * UNIX time of the last event.
 * @param {Readonly<Record<string, (data: any) => void>>} options.on What is called with the data of an event, by its name.
 * @param {number} [options.maxSilence] Connects again if nothing comes for so many seconds: a machine or a network that is
 * gone does not even end the connection.
 */
export function liveEvents({ url, onLive, onLost, on, maxSilence = Infinity }) {
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let heardAt = Date.now() / 1000;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) disconnect();
    else if (source === undefined) connect();
  });
  if (!document.hidden) connect();

  function connect() {
    disconnect();
    const events = source = new EventSource(url);
    reconnectAfter(maxSilence);
    events.onopen = onLive;
    events.onerror = () => {
      onLost(heardAt);
      // The server has refused: it is restarting perhaps. In other cases the browser connects again by itself.
      if (events.readyState === EventSource.CLOSED) reconnectAfter(3);
    };
    for (const [name, listener] of Object.entries(on)) {
      events.addEventListener(name, ({ data }) => {
        heardAt = Date.now() / 1000;
        reconnectAfter(maxSilence);
        listener(JSON.parse(data));
      });
    }
  }

  function disconnect() {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  }

  /** @param {number} seconds */
  function reconnectAfter(seconds) {
    clearTimeout(timer);
    if (seconds === Infinity) return;
    timer = setTimeout(() => {
      onLost(heardAt);
      connect();
    }, seconds * 1000);
  }
}
