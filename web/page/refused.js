// Why the engine did not do what was asked.

export class Refused extends Error {
  // `why` is a word that the page has a sentence for; `both` the engine's own sentence in both languages.
  constructor(why, both, name) {
    super(why);
    this.why = why;
    this.both = both || null;
    this.fileName = name || '';
  }
}
