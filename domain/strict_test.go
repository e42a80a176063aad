package domain

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStrict changes golden files in one place each; none of them may be read any more. was stands in the file exactly once.
func TestStrict(t *testing.T) {
	t.Parallel()
	type change struct{ name, was, is string }
	for file, changes := range map[string][]change{
		"events/reaction-cast.v1.json": {
			{"unknown member", `"replaces"`, `"reason":"x","replaces"`},
			{"unknown member at the end", `"disagree"}`, `"disagree","weight":2}`},
			{"member missing", `"revision":2,`, ``},
			{"first member missing", `"conversation":"dl_KE",`, ``},
			{"last member missing", `,"value":"disagree"`, ``},
			{"no member", `{"conversation":"dl_KE","important":true,"replaces":"agree","respondent":"q7xk2","revision":2,"statement":"st_12","value":"disagree"}`, `{}`},
			{"member repeated", `"revision":2`, `"revision":2,"revision":2`},
			{"optional member repeated", `"replaces":"agree"`, `"replaces":"agree","replaces":"agree"`},
			{"members misordered", `"revision":2,"statement":"st_12"`, `"statement":"st_12","revision":2`},
			{"optional members misordered", `"important":true,"replaces":"agree"`, `"replaces":"agree","important":true`},
			{"name in capitals", `"value"`, `"Value"`},
			{"name with an escape", `"value"`, `"\u0076alue"`},
			{"blank after a colon", `:2`, `: 2`},
			{"blank before a colon", `"revision":`, `"revision" :`},
			{"blank after a comma", `,"revision"`, `, "revision"`},
			{"blank before", `{"conv`, ` {"conv`},
			{"line end after", `"disagree"}`, "\"disagree\"}\n"},
			{"byte order mark", `{"conv`, "\ufeff{\"conv"},
			{"comma before the end", `"disagree"}`, `"disagree",}`},
			{"comma at the beginning", `{"conv`, `{,"conv`},
			{"comma twice", `,"revision"`, `,,"revision"`},
			{"comma missing", `,"revision"`, `"revision"`},
			{"more follows", `"disagree"}`, `"disagree"}{}`},
			{"NUL follows", `"disagree"}`, "\"disagree\"}\x00"},
			{"null", `"disagree"`, `null`},
			{"null for an optional member", `"agree"`, `null`},
			{"empty optional string", `"agree"`, `""`},
			{"false optional bool", `true`, `false`},
			{"number for a bool", `true`, `1`},
			{"bool with a tail", `true`, `trues`},
			{"bool in capitals", `true`, `True`},
			{"string for a number", `:2`, `:"2"`},
			{"number for a string", `"st_12"`, `12`},
			{"array for a string", `"st_12"`, `["st_12"]`},
			{"float", `:2`, `:2.0`},
			{"fraction", `:2`, `:2.5`},
			{"exponent", `:2`, `:2e0`},
			{"minus zero", `:2`, `:-0`},
			{"leading zero", `:2`, `:02`},
			{"zeros", `:2`, `:00`},
			{"negative leading zero", `:2`, `:-02`},
			{"plus", `:2`, `:+2`},
			{"minus alone", `:2`, `:-`},
			{"minus twice", `:2`, `:--2`},
			{"nothing for a number", `:2`, `:`},
			{"hexadecimal", `:2`, `:0x2`},
			{"underscore", `:2`, `:2_0`},
			{"2^53", `:2`, `:9007199254740992`},
			{"-2^53", `:2`, `:-9007199254740992`},
			{"2^63", `:2`, `:9223372036854775808`},
			{"escape that is not needed", `dl_KE`, `dl\u005fKE`},
			{"escaped slash", `dl_KE`, `dl\/KE`},
			{"escaped apostrophe", `dl_KE`, `dl\'KE`},
			{"upper-case hexadecimal escape", `dl_KE`, `dl\u001FKE`},
			{"long escape for a line end", `dl_KE`, `dl\u000aKE`},
			{"long escape for a quote", `dl_KE`, `dl\u0022KE`},
			{"long escape for DEL", `dl_KE`, `dl\u007fKE`},
			{"escaped emoji", `dl_KE`, `dl\ud83d\ude00KE`},
			{"lone surrogate", `dl_KE`, `dl\ud83dKE`},
			{"escape with a capital", `dl_KE`, `dl\NKE`},
			{"escape cut short", `dl_KE"`, `dl\u00"`},
			{"escape before the end", `dl_KE"`, `dl\"`},
			{"control character", `dl_KE`, "dl\x1fKE"},
			{"line end in a string", `dl_KE`, "dl\nKE"},
			{"control character after an escape", `dl_KE`, "dl\\n\x01KE"},
			{"NUL in a string", `dl_KE`, "dl\x00KE"},
			{"no UTF-8", `dl_KE`, "dl\xffKE"},
			{"no UTF-8 around an escape", `dl_KE`, "dl\xc3\\n\xa9KE"},
			{"overlong UTF-8", `dl_KE`, "dl\xc0\xafKE"},
			{"surrogate in UTF-8", `dl_KE`, "dl\xed\xa0\x80KE"},
			{"UTF-8 cut short", `dl_KE`, "dl_KE\xe2\x82"},
			{"apostrophes", `"dl_KE"`, `'dl_KE'`},
		},
		"events/import-recorded.v1.json": {
			{"map keys repeated", `"comments":197`, `"comments":197,"comments":197`},
			{"map keys misordered", `"comments":197,"votes":31414`, `"votes":31414,"comments":197`},
			{"map key not ASCII", `"votes":31414`, `"vötes":31414`},
			{"map key with another escape", `"votes":31414`, `"v\u006ftes":31414`},
			{"map is null", `{"comments":197,"votes":31414}`, `null`},
			{"map is an array", `{"comments":197,"votes":31414}`, `[]`},
			{"map value is a float", `31414`, `31414.0`},
			{"map without a value", `"votes":31414`, `"votes"`},
			{"upper-case digest", `0a11181f`, `0A11181F`},
			{"short digest", `0a11181f`, `0a1118`},
			{"odd digest", `0a11181f`, `0a11181`},
			{"long digest", `0a11181f`, `0a11181f00`},
			{"digest of other letters", `0a11181f`, `0g11181f`},
		},
		"events/milestone-scheduled.v1.json": {
			{"array is null", `["materials.verified","translations.verified"]`, `null`},
			{"array is an object", `["materials.verified","translations.verified"]`, `{}`},
			{"array with a comma", `.verified"]`, `.verified",]`},
			{"array with a blank", `verified","t`, `verified", "t`},
			{"decimal comma", `07.250Z`, `07,250Z`},
			{"sign in the decimals", `07.250Z`, `07.+25Z`},
			{"small z", `07.250Z`, `07.250z`},
			{"offset", `07.250Z`, `07+00:00`},
			{"two decimals", `07.250Z`, `07.25Z`},
			{"four decimals", `07.250Z`, `07.2500Z`},
			{"no decimals", `07.250Z`, `07Z`},
			{"blank for T", `14T09`, `14 09`},
			{"hour 24", `14T09:00:07.250`, `14T24:00:00.000`},
			{"second 60", `07.250Z`, `60.000Z`},
			{"30 February", `03-14`, `02-30`},
		},
		"events/protocol-frozen.v1.json": {
			{"ratio not in lowest terms", `"2/3"`, `"4/6"`},
			{"ratio over one", `"2/3"`, `"2/1"`},
			{"ratio over zero", `"2/3"`, `"2/0"`},
			{"ratio over a negative", `"2/3"`, `"2/-3"`},
			{"ratio with a plus", `"2/3"`, `"+2/3"`},
			{"ratio with zeros", `"2/3"`, `"02/3"`},
			{"ratio with blanks", `"2/3"`, `"2 / 3"`},
			{"ratio of zero", `"2/3"`, `"0/3"`},
			{"minus zero ratio", `"2/3"`, `"-0"`},
			{"decimal ratio", `"2/3"`, `"0.5"`},
			{"ratio twice", `"2/3"`, `"2/3/5"`},
			{"no ratio", `"2/3"`, `""`},
			{"number for a ratio", `"2/3"`, `1`},
		},
		"events/session-opened.v1.json": {
			{"zero optional digest", `060d141b222930373e454c535a61686f767d848b9299a0a7aeb5bcc3cad1d8df`, strings.Repeat("0", 64)},
		},
		"events/statement-moderated.v1.least.json": {
			{"empty optional object", `"statement"`, `"reason":{"source":"","text":{}},"statement"`},
		},
		"meta/meta.json": {
			{"unknown member", `"source"`, `"seq":1,"source"`},
			{"role not known", `nationalPartner:`, `king:`},
			{"no role", `nationalPartner:f.kamau`, `f.kamau`},
			{"no principal", `f.kamau`, ``},
			{"nobody behind the at", `@pt_nairobi`, `@`},
			{"two partners", `@pt_nairobi`, `@pt_nairobi@b`},
			{"a person's name", `f.kamau`, `Faith Kamau`},
			{"observed nothing", `"dialogue-dl_KE@14 statement-dl_KE/st%201%2F%C3%BC@1"`, `""`},
			{"observed with two blanks", `14 statement`, `14  statement`},
			{"observed with a blank after", `BC@1"`, `BC@1 "`},
			{"observed without a version", `dl_KE@14`, `dl_KE`},
			{"observed without a stream", `dialogue-dl_KE@14`, `@14`},
			{"observed with two versions", `dl_KE@14`, `dl_KE@14@14`},
			{"observed with a negative", `dl_KE@14`, `dl_KE@-1`},
			{"observed with a zero", `dl_KE@14`, `dl_KE@014`},
			{"observed 2^53", `dl_KE@14`, `dl_KE@9007199254740992`},
			{"observed with an escape", `dialogue-dl_KE@14`, `dialogue\ndl_KE@14`},
			{"observed with quotes", `dialogue-dl_KE@14`, `dialogue\"dl_KE@14`},
			{"observed not ASCII", `dialogue-dl_KE@14`, `dialogue-dl_KÉ@14`},
			{"causation in capitals", `d51ac310`, `D51AC310`},
			{"causation without hyphens", `d51ac310-a2b3`, `d51ac310a2b3`},
			{"causation cut short", `bf2eddf5ee70`, `bf2eddf5ee`},
		},
	} {
		golden, err := os.ReadFile("testdata/" + file)
		require.NoError(t, err)
		read := func(data string) error {
			if strings.HasPrefix(file, "meta/") {
				_, err := DecodeMeta([]byte(data))
				return err
			}
			_, err := Decode(wireNameOf(strings.TrimPrefix(file, "events/")), []byte(data))
			return err
		}
		require.NoError(t, read(string(golden)), file)
		for _, c := range changes {
			require.Equal(t, 1, strings.Count(string(golden), c.was), "%s: %s", file, c.name)
			err := read(strings.Replace(string(golden), c.was, c.is, 1))
			var format *FormatError
			if !errors.As(err, &format) {
				t.Errorf("%s: %s: got %v", file, c.name, err)
				continue
			}
			require.NotEmpty(t, format.Problem)
			require.LessOrEqual(t, format.At, len(golden)+len(c.is))
		}
	}
}
