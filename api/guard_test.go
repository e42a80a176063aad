package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/api"
)

// Words that moderation keeps back are not handed out, wherever in time the reader looks; accepted again, they are.
func TestWithheldWords(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	read := func(query string) (words *string, withheld string) {
		a := decode[struct {
			Document any     `json:"document"`
			Words    *string `json:"words"`
			Withheld string  `json:"withheld"`
			Salt     string  `json:"salt"`
		}](t, n.get("/v1/views/statement/dl_FR/2?words=true"+query))
		require.Equal(t, a.Words == nil, a.Salt == "", "without the words, the salt opens nothing and stays, too")
		return a.Words, a.Withheld
	}
	words, _ := read("")
	require.NotNil(t, words)
	for key, step := range map[string]string{"hidden": "hide", "rejected": "reject"} {
		a := n.post("moderate-statement", key, `{"conversation":"dl_FR","statement":"2","decision":"`+step+`","reasonCode":"rude","guideline":{"id":"ar_guide","version":1},"moderator":"m"}`)
		require.Equal(t, http.StatusCreated, a.StatusCode, "%s", a.body)
		n.catchUp()
		for _, at := range []string{"", "&at=250"} {
			words, withheld := read(at)
			require.Nil(t, words)
			require.Equal(t, key, withheld)
		}
		require.NotContains(t, string(n.get("/v1/views/statement/dl_FR/2?words=true").body), "tenir sur une page")
	}
	require.Equal(t, http.StatusCreated, n.post("moderate-statement", "restore", `{"conversation":"dl_FR","statement":"2","decision":"restore","moderator":"m"}`).StatusCode)
	n.catchUp()
	words, _ = read("")
	require.NotNil(t, words)
}

// A page whose name was bent to a loopback address brings no commands.
func TestCommandsNameThisMachine(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(n *node) { n.Local = true })
	post := func(host, key string) answer {
		r, err := http.NewRequest(http.MethodPost, n.url+"/v1/commands/react", strings.NewReader(`{}`))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(api.IdempotencyKey, key)
		r.Host = host
		return n.send(r)
	}
	for _, host := range []string{"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example:80"} {
		requireProblem(t, post(host, "k"), http.StatusMisdirectedRequest, "misdirected")
	}
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]:8080", "[::1]"} {
		require.Equal(t, http.StatusUnprocessableEntity, post(host, "k").StatusCode, host)
	}
	require.Equal(t, http.StatusOK, n.get("/v1/views").StatusCode)
}
