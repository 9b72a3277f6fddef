/** The parsed expression of a sensor. */
export interface Expression {
  /** Each `n` for which the expression contains `$n`. */
  readonly variables: ReadonlySet<number>;
  /** Computes the result; NaN or an infinity if there is none, as after a division by zero. */
  readonly evaluate: (valueOf: (variable: number) => number) => number;
}

type Evaluate = Expression["evaluate"];

// Long enough for any sensor, too short to overflow the stack.
const MAX_LENGTH = 1000;

const TOKEN =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<variable>\$\d+)|(?<name>[a-z]\w*)|(?<symbol>\S))/y;

/** The functions, and how many arguments each takes at most. */
const FUNCTIONS: ReadonlyMap<string, readonly [(...args: number[]) => number, number]> = new Map([
  ["abs", [Math.abs, 1]],
  ["ceil", [Math.ceil, 1]],
  ["exp", [Math.exp, 1]],
  ["floor", [Math.floor, 1]],
  ["log", [Math.log, 1]],
  ["log10", [Math.log10, 1]],
  ["log2", [Math.log2, 1]],
  ["max", [Math.max, Infinity]],
  ["min", [Math.min, Infinity]],
  ["round", [round, 2]],
  ["sqrt", [Math.sqrt, 1]],
]);

/**
 * Parses an expression: numbers, `$1` to `$n`, `+ - * / % ^`, parentheses and a few functions. It is not run as code,
 * since people who can edit a sensor must not be able to run code here.
 *
 * @throws {SyntaxError} If it is invalid. The message says where.
 */
export function parseExpression(text: string): Expression {
  if (text.length > MAX_LENGTH) {
    throw new SyntaxError(
      `Cannot read an expression of ${text.length} characters: expected at most ${MAX_LENGTH}`,
    );
  }
  return new Parser(text).parse();
}

interface Token {
  readonly position: number;
  readonly text: string;
  readonly kind: "number" | "variable" | "name" | "symbol" | "end";
}

class Parser {
  readonly #text: string;
  readonly #variables = new Set<number>();
  #next: Token;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#read();
  }

  parse(): Expression {
    const evaluate = this.#sum();
    if (this.#next.kind !== "end") this.#fail("an operator");
    return { variables: this.#variables, evaluate };
  }

  #sum(): Evaluate {
    let left = this.#product();
    while (this.#isNext("+", "-")) {
      const minus = this.#take().text === "-";
      const [a, b] = [left, this.#product()];
      left = minus ? (v) => a(v) - b(v) : (v) => a(v) + b(v);
    }
    return left;
  }

  #product(): Evaluate {
    let left = this.#unary();
    while (this.#isNext("*", "/", "%")) {
      const operator = this.#take().text;
      const [a, b] = [left, this.#unary()];
      if (operator === "*") left = (v) => a(v) * b(v);
      else if (operator === "/") left = (v) => a(v) / b(v);
      else left = (v) => modulo(a(v), b(v));
    }
    return left;
  }

  #unary(): Evaluate {
    if (!this.#isNext("+", "-")) return this.#power();
    const minus = this.#take().text === "-";
    const value = this.#unary();
    return minus ? (v) => -value(v) : value;
  }

  // Binds more tightly than the sign before it, and less than the sign after it: -2^-2 is -(2^(-2)).
  #power(): Evaluate {
    const base = this.#atom();
    if (!this.#isNext("^")) return base;
    this.#take();
    const exponent = this.#unary();
    return (v) => base(v) ** exponent(v);
  }

  #atom(): Evaluate {
    switch (this.#next.kind) {
      case "number": {
        const value = Number(this.#take().text);
        return () => value;
      }
      case "variable": {
        const variable = Number(this.#take().text.slice(1));
        this.#variables.add(variable);
        return (valueOf) => valueOf(variable);
      }
      case "name":
        return this.#call();
    }
    if (!this.#isNext("(")) this.#fail('a number, $1 or "("');
    this.#take();
    const value = this.#sum();
    this.#expect(")");
    return value;
  }

  #call(): Evaluate {
    const name = this.#next.text;
    const [compute, maxArgs] = FUNCTIONS.get(name) ??
      this.#fail(`one of the functions ${[...FUNCTIONS.keys()].join(", ")}`);
    this.#take();
    this.#expect("(");
    const args = [this.#sum()];
    while (this.#isNext(",")) {
      if (args.length === maxArgs) this.#fail(`")", as ${name} takes no more arguments`);
      this.#take();
      args.push(this.#sum());
    }
    this.#expect(")");
    return (v) => compute(...args.map((arg) => arg(v)));
  }

  #isNext(...symbols: readonly string[]): boolean {
    return this.#next.kind === "symbol" && symbols.includes(this.#next.text);
  }

  #expect(symbol: string): void {
    if (!this.#isNext(symbol)) this.#fail(`"${symbol}"`);
    this.#take();
  }

  #take(): Token {
    const token = this.#next;
    this.#next = this.#read();
    return token;
  }

  #read(): Token {
    TOKEN.lastIndex = this.#position;
    const groups = TOKEN.exec(this.#text)?.groups ?? {};
    for (const [kind, text] of Object.entries(groups)) {
      if (text === undefined) continue;
      this.#position = TOKEN.lastIndex;
      return { position: this.#position - text.length, text, kind: kind as Token["kind"] };
    }
    return { position: this.#text.length, text: "", kind: "end" };
  }

  #fail(expected: string): never {
    const { position, text } = this.#next;
    const where = text === "" ? "at its end" : `at "${text}" (character ${position + 1})`;
    throw new SyntaxError(
      `Cannot read the expression "${this.#text}" ${where}: expected ${expected}`,
    );
  }
}

// The result has the sign of the divisor, as people expect of clocks and compasses.
function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

// To so many decimal places, and halves away from zero, as written: 1.005 to 1.01, although the nearest double is below it.
function round(x: number, digits = 0): number {
  const shifted = shift(Math.abs(x), digits);
  // No double has that many places.
  if (shifted === Infinity) return x;
  return Math.sign(x) * shift(Math.round(shifted), -digits);
}

/** Moves the decimal point of a number to the right. */
function shift(x: number, digits: number): number {
  const [mantissa, exponent = 0] = String(x).split("e");
  return Number(`${mantissa}e${Number(exponent) + digits}`);
}
