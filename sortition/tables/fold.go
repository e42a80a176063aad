package tables

import (
	"strings"
	"unicode"
)

// clean takes blanks away that nobody sees: around a text, more than one in it, other kinds of them (a no-break space), and characters without width that
// come along with copying.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\ufeff' || r == '\u200b' {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// fold is what two values have in common that are meant to be the same: clean, and in lower case. Composed and decomposed accents stay different: that needs
// tables of Unicode that the standard library does not have, and the message then shows both values.
func fold(s string) string { return strings.ToLower(clean(s)) }

// foldName is fold for names of columns, in which underscores and hyphens are blanks: "Min Flex" is "min_flex".
func foldName(s string) string {
	return clean(strings.NewReplacer("_", " ", "-", " ").Replace(fold(s)))
}

// Address brings an address into one form, from the cells of the columns that the user chose, in their order: lower case; everything but letters, digits,
// hyphens and slashes counts as a blank; blanks around it, around hyphens and slashes, and more than one at a time are left out; the cells are joined by line
// feeds. "12, Main St." and "12 main  st" are one address, "12 Main Street" is another: nothing is guessed.
//
// The first column is the one that tells addresses apart. Where it is empty nobody knows where a person lives, and the address is "": they share it with
// nobody. Otherwise all who gave nothing but their city would live together.
func Address(cells ...string) string {
	parts := make([]string, len(cells))
	for i, c := range cells {
		s := strings.Map(func(r rune) rune {
			switch {
			case r == '\ufeff' || r == '\u200b':
				return -1
			case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == '/':
				return unicode.ToLower(r)
			case unicode.Is(unicode.Pd, r): // hyphens and dashes
				return '-'
			}
			return ' '
		}, c)
		for _, tie := range []string{"-", "/"} {
			between := strings.Split(s, tie)
			for j := range between {
				between[j] = strings.TrimSpace(between[j])
			}
			s = strings.Join(between, tie)
		}
		parts[i] = strings.Join(strings.Fields(s), " ")
	}
	if len(parts) == 0 || parts[0] == "" {
		return ""
	}
	return strings.Join(parts, "\n")
}
