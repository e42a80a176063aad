package api

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// Headers of a command.
const (
	IdempotencyKey = "Idempotency-Key" // the command id: sent again with the same one, a command is done once
	ActorHeader    = "Daybook-Actor"   // role:principal, or role:principal@partner
)

type commandAnswer struct {
	Name   string `json:"name"`
	About  string `json:"about"`
	Schema string `json:"schema"`
}

type commandsAnswer struct {
	Commands []commandAnswer `json:"commands"`
}

func (s *server) listCommands(w http.ResponseWriter, r *http.Request) {
	all := commandsAnswer{[]commandAnswer{}}
	for _, c := range commands.All() {
		all.Commands = append(all.Commands, commandAnswer{c.Name, c.About, "/v1/schemas/commands/" + c.Name})
	}
	s.writeJSON(w, r, http.StatusOK, all)
}

// runCommand answers 201 with the receipt of new events, and 200 where it is already so.
func (s *server) runCommand(c commands.Command) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		receipt, err := s.command(w, r, c)
		if err != nil {
			s.problem(w, r, err)
			return
		}
		status := http.StatusOK
		if n := len(receipt.Events); n > 0 {
			status = http.StatusCreated
			position(w, receipt.Events[n-1].Seq+1)
			s.linkReceipts(w, receipt)
		}
		s.writeJSON(w, r, status, receipt)
	}
}

// noSuchCommand answers for names that no command has.
func (s *server) noSuchCommand(w http.ResponseWriter, r *http.Request) {
	s.problem(w, r, cmp.Or(s.admit(r), noCommand(chi.URLParam(r, "name"))))
}

func (s *server) command(w http.ResponseWriter, r *http.Request, c commands.Command) (commands.Receipt, error) {
	if err := s.admit(r); err != nil {
		return commands.Receipt{}, err
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return commands.Receipt{}, &problemError{http.StatusUnsupportedMediaType, "unsupported-media-type", "a command is sent as application/json"}
	}
	by := commands.By{Command: r.Header.Get(IdempotencyKey)}
	if by.Command == "" {
		return commands.Receipt{}, &problemError{http.StatusBadRequest, "idempotency-key-missing", "send an " + IdempotencyKey + " of your choice, and the same one when you try again"}
	}
	var err error
	if by.Actor, err = parseAsked(r.Header.Get(ActorHeader)); err != nil {
		return commands.Receipt{}, err
	}
	if s.believes(r) {
		switch {
		case by.Actor.Role == "":
			by.Actor = domain.Actor{Role: domain.Coordinator, Principal: "local"}
		case by.Actor.Principal == "":
			return commands.Receipt{}, domain.Reject(domain.ErrInvalidField, "without a token, "+ActorHeader+" is role:principal or role:principal@partner")
		}
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		return commands.Receipt{}, err
	}
	ctx, done, err := s.lead(r.Context())
	if err != nil {
		return commands.Receipt{}, err
	}
	defer done()
	if by, err = s.admission(r)(ctx, s.Service, c, by, content); err != nil {
		return commands.Receipt{}, err
	}
	if ctx, err = expecting(ctx, r.Header["If-Match"]); err != nil {
		return commands.Receipt{}, err
	}
	return c.Run(ctx, s.Service, by, content)
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

// expecting reads the revision that If-Match names: how many events the stream of the command has, as its last receipt said. "*" is any that has one, which commands see to themselves.
func expecting(ctx context.Context, have []string) (context.Context, error) {
	if len(have) == 0 || len(have) == 1 && have[0] == "*" {
		return ctx, nil
	}
	text := strings.TrimSpace(have[0])
	n, err := strconv.ParseUint(strings.Trim(text, `"`), 10, 63)
	if err != nil || len(have) > 1 || text != fmt.Sprintf(`"%d"`, n) {
		return nil, &problemError{http.StatusBadRequest, "bad-request", `If-Match has one revision of the command's stream, in quotes: how many events it has, as "version" of its last receipt says`}
	}
	return commands.Expecting(ctx, n), nil
}

// lead is the context of a command, and what to call after it.
func (s *server) lead(ctx context.Context) (context.Context, func(), error) {
	if s.Lead == nil {
		return ctx, func() {}, nil
	}
	ctx, done, ok := s.Lead(ctx)
	if !ok {
		return nil, nil, errStandsBy
	}
	return ctx, done, nil
}

// admit says no to commands that this server does not take.
func (s *server) admit(r *http.Request) error {
	if !s.Writes {
		return errNoWrites
	}
	if s.Local && !namesThisMachine(r.Host) && s.believes(r) {
		return errHost
	}
	return nil
}

// namesThisMachine tells whether the Host of a request is an address or localhost, which nobody else can bend.
func namesThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil
}
