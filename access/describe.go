package access

import (
	"slices"
	"strings"
)

// Describe is the table of docs/access.md: a command, who may send it, and the member of its content that has to be who sends it.
func Describe() string {
	var b strings.Builder
	b.WriteString("| command | who | the sender is |\n|---|---|---|\n")
	for _, row := range Rows() {
		var who, self []string
		for _, r := range row.Rights {
			name := string(r.Role)
			switch {
			case r.Reach == WithinDialogue && levels[r.Role] > DialogueLevel:
				name += " (dialogue)"
			case r.Reach == WithinEdition && levels[r.Role] > EditionLevel:
				name += " (edition)"
			}
			if r.Except != "" {
				name += " (not of kind " + r.Except + ")"
			}
			who = append(who, name)
			if r.Self == "" {
				continue
			}
			says := "`" + r.Self + "`"
			if others := slices.ContainsFunc(row.Rights, func(o Right) bool { return o.Self != r.Self }); others {
				says += " (" + string(r.Role) + ")"
			}
			if !slices.Contains(self, says) {
				self = append(self, says)
			}
		}
		if row.Second != "" {
			self = append(self, "second: `"+row.Second+"`")
		}
		b.WriteString("| `" + row.Command + "` | " + strings.Join(who, ", ") + " | " + strings.Join(self, ", ") + " |\n")
	}
	return b.String()
}
