// Writes golden.tsv: the people of people.txt in the order that the contract asks for (section 1, "Sorted
// by Name"). The order comes from ICU4C, which Node.js carries, and not from the ICU4X that Rollcall is
// built with, so that the two check each other. README.md tells which versions were used.
//
//     node make_golden.mjs > golden.tsv

import { readFileSync } from "node:fs";

// English has no rules of its own in CLDR: its collation is the root collation. Sensitivity "variant" is
// tertiary strength; punctuation that is not ignored is alternate = non-ignorable.
const collator = new Intl.Collator("en", {
  usage: "sort", sensitivity: "variant", ignorePunctuation: false, numeric: false, caseFirst: "false",
});

// JavaScript's own comparison is by UTF-16 units, which puts U+FF41 after U+1F600.
const byCodePoint = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other));

const people = readFileSync(new URL("people.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("# "))
  .map((line, index) => {
    const plain = line
      .replace(/\\u([0-9a-f]{4})|\\U([0-9a-f]{8})/g, (_, short, long) => String.fromCodePoint(parseInt(short ?? long, 16)));
    const [first, last, email = `p${String(index + 1).padStart(3, "0")}@order.example`] = plain.split("|");
    const name = [first, last].filter((part) => part !== "-").join(" ")
      .split(/\p{White_Space}+/u).filter((word) => word !== "").join(" ").normalize("NFC");
    return { first, last, email, name };
  });

// The sort is stable: people who are equal up to the id stay in the order of people.txt.
people.sort((one, other) =>
  Number(one.name === "") - Number(other.name === "")
  || collator.compare(one.name, other.name)
  || byCodePoint(one.email.toLowerCase(), other.email.toLowerCase()));

for (const { first, last, email } of people) {
  const field = (part) => (part === "-" ? "\\N" : part);
  process.stdout.write(`${field(first)}\t${field(last)}\t${email}\n`);
}
process.stderr.write(`ICU ${process.versions.icu}, CLDR ${process.versions.cldr}, ${people.length} people\n`);
