/** Reads server-sent events, as a page does. */
export class EventReader implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #read = 0;
  /** What was received. */
  text = "";

  private constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Connects. */
  static async open(url: string): Promise<EventReader> {
    const { status, body } = await fetch(url);
    if (status !== 200 || body === null) throw new Error(`The answer is ${status}`);
    return new EventReader(body);
  }

  /** Waits for the next event of a type and returns its data. Others are passed over. */
  // deno-lint-ignore no-explicit-any -- whatever JSON it is
  async next(type: string): Promise<any> {
    for (;;) {
      const end = this.text.indexOf("\n\n", this.#read);
      if (end < 0) {
        const { done, value } = await this.#reader.read();
        if (done) throw new Error(`The events end without "${type}":\n${this.text}`);
        this.text += value;
        continue;
      }
      const [, event, data] = /^event: (.*)\ndata: (.*)$/m.exec(this.text.slice(this.#read, end)) ??
        [];
      this.#read = end + 2;
      if (event === type) return JSON.parse(data!);
    }
  }

  /** Waits for an event of a type with data that fulfil a condition. */
  // deno-lint-ignore no-explicit-any -- whatever JSON it is
  async until(type: string, condition: (data: any) => boolean): Promise<any> {
    for (;;) {
      const data = await this.next(type);
      if (condition(data)) return data;
    }
  }

  /** Disconnects. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}
