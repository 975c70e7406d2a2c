/** A command line split into words as a shell would, without a shell. */

/** What a text should have been. */
interface Refusal {
  readonly expected: string;
}

/** Plain characters, an escaped one, single quotes, double quotes with escapes. */
const PIECE = /[^\s'"\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*"/y;

/** Words that only a shell understands: pipes, lists and redirections. */
const OPERATOR = /^(?:[|&;<>]+|\d?(?:>>?|<)(?:&\d)?|\d?>>?&?[\w./-]+|\d?<[\w./-]+)$/;

/**
 * Returns the words of `text`, or what the text should have been.
 *
 * White space separates; single quotes keep everything; double quotes keep everything but a backslash
 * before `"`, `\`, `$` and a backquote; a backslash elsewhere keeps the next character. Nothing is
 * expanded: `$HOME`, `~` and `*` reach the program as they stand. A bare operator of the shell (`|`,
 * `&&`, `> file`) is refused, since as an argument it would do nothing that was meant; in quotes it is a
 * word like any other, and `sh -c "a | b"` runs a shell.
 *
 * @example
 * splitCommand('node server.js --title "Two words"'); // ['node', 'server.js', '--title', 'Two words']
 * Source: supervisord, "command"; POSIX.1-2024 XCU 2.2.
 */
export function splitCommand(text: string): readonly string[] | Refusal {
  if (text.includes('\0')) return { expected: 'a command line without a null character' };
  const words: string[] = [];
  for (let at = nextWord(text, 0); at < text.length;) {
    const end = endOfWord(text, at);
    if (end === undefined) return { expected: 'a command line whose quotes are closed' };
    const raw = text.slice(at, end);
    if (OPERATOR.test(raw)) {
      return {
        expected: `a command that needs no shell (put "${raw}" into sh -c "…", or quote it)`,
      };
    }
    words.push(unquote(raw));
    at = nextWord(text, end);
  }
  return words.length === 0 || words[0] === '' ? { expected: 'the name of a program' } : words;
}

function nextWord(text: string, from: number): number {
  const rest = text.slice(from).search(/\S/);
  return rest < 0 ? text.length : from + rest;
}

/** Where the word that begins at `from` ends; undefined when a quote or a backslash stays open. */
function endOfWord(text: string, from: number): number | undefined {
  PIECE.lastIndex = from;
  let end = from;
  while (PIECE.test(text)) end = PIECE.lastIndex;
  return end === text.length || /\s/.test(text.charAt(end)) ? end : undefined;
}

function unquote(raw: string): string {
  return raw.replaceAll(/\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*"/g, (piece) => {
    if (piece.startsWith('\\')) return piece.slice(1);
    const inner = piece.slice(1, -1);
    return piece.startsWith("'") ? inner : inner.replaceAll(/\\(["\\$`])/g, '$1');
  });
}
