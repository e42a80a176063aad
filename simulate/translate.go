package simulate

import "daybook.internal/domain"

// translate gives a text of the organisers in another language. Real translations exist for a small set: scales, common options and some questions in the
// languages of dictionaries. Everything else is marked as not translated, as "[fr] ..." with the English words behind: this is a simulation, and a
// made-up sentence in a language that nobody checked would look like one that somebody did. In the simulated process such a text counts as
// translated and verified like any other.
func translate(lang domain.Lang, text string) string {
	if lang == sourceLang {
		return text
	}
	if t, ok := dictionaries[lang][text]; ok {
		return t
	}
	return "[" + string(lang) + "] " + text
}

// dictionaries hold what is really translated, by language and English text.
var dictionaries = map[domain.Lang]map[string]string{
	"fr": french, "es": spanish, "pt": portuguese, "de": german,
	"ar": arabic, "sw": swahili, "hi": hindi, "bn": bengali, "ja": japanese, "ru": russian, "zh": chinese, "id": indonesian,
}

// text is a text of the organisers in the languages of an edition.
func text(langs []domain.Lang, s string) domain.LText {
	t := domain.In(sourceLang, s)
	for _, l := range langs {
		if w, ok := dictionaries[l][s]; ok {
			t.Text[l] = w
		}
	}
	return t
}
