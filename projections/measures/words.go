package measures

import (
	"slices"
	"strings"

	"daybook.internal/domain"
)

// Edit is a part of a text as it came to be: words that stayed, were left out, or came in.
type Edit struct {
	Op   EditOp `json:"op"`   // what became of the words
	Text string `json:"text"` // words, with single spaces between them
}

// EditOp says what became of words.
type EditOp string

// What becomes of words.
const (
	Kept     EditOp = "kept"
	Deleted  EditOp = "deleted"
	Inserted EditOp = "inserted"
)

// Words are all that an EditOp may be.
func (EditOp) Words() []string { return []string{string(Kept), string(Deleted), string(Inserted)} }

// maxCompared is the most pairs of words that are compared one by one; in longer texts all between the first and the last word that differ has changed.
const maxCompared = 1 << 22

// edits turns one text into another by a longest common subsequence of words (Hunt and McIlroy 1976); of several, the one that leaves words out as early as it can.
func edits(before, after string) []Edit {
	a, b := strings.Fields(before), strings.Fields(after)
	var list []Edit
	add := func(op EditOp, words ...string) {
		if len(words) == 0 {
			return
		}
		if n := len(list); n > 0 && list[n-1].Op == op {
			list[n-1].Text += " " + strings.Join(words, " ")
			return
		}
		list = append(list, Edit{op, strings.Join(words, " ")})
	}
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	add(Kept, a[:same]...)
	a, b = a[same:], b[same:]
	end := 0
	for end < min(len(a), len(b)) && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	last := a[len(a)-end:]
	a, b = a[:len(a)-end], b[:len(b)-end]
	if len(a)*len(b) > maxCompared {
		add(Deleted, a...)
		add(Inserted, b...)
		add(Kept, last...)
		return list
	}
	longest := make([][]int, len(a)+1) // common words of a[i:] and b[j:]
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if longest[i][j] = max(longest[i+1][j], longest[i][j+1]); a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			add(Kept, a[i])
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || longest[i+1][j] >= longest[i][j+1]):
			add(Deleted, a[i])
			i++
		default:
			add(Inserted, b[j])
			j++
		}
	}
	add(Kept, last...)
	return list
}

// warnOfLanguages warns of languages into which a text is not translated.
func (h *Head) warnOfLanguages(text domain.LText, needed []domain.Lang, what string) {
	var missing []domain.Lang
	for _, lang := range needed {
		if _, has := text.Text[lang]; !has && !slices.Contains(missing, lang) {
			missing = append(missing, lang)
		}
	}
	slices.Sort(missing)
	for _, lang := range missing {
		h.warn(WarnMissingLanguages, "%s is not to be had in %s", what, lang)
	}
}
