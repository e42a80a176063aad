package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// A KeyShown is an API key as it is listed: nothing of it is a secret.
type KeyShown struct {
	ID       string    `json:"id"`                 // of the key, as it stands in it
	Name     string    `json:"name"`               // who has it
	Created  time.Time `json:"created"`            // when it was made
	LastUsed string    `json:"lastUsed,omitempty"` // the day (UTC) on which this server was asked with it last, such as 2026-04-11; absent where it never was
	Revoked  bool      `json:"revoked,omitempty"`  // it is refused, for good
}

// KeyList is the answer of GET /v1/apikeys.
type KeyList struct {
	Keys []KeyShown `json:"keys"` // those that whoever asks may see, by id
}

const tagKeys = "API keys"

// keyring puts on the router what tells of API keys.
func (s *server) keyring(d *described) {
	operation[none](d, huma.Operation{
		Method: http.MethodGet, Path: "/v1/apikeys", OperationID: "listAPIKeys", Tags: []string{tagKeys}, Summary: "List API keys",
		Description: "The API keys of this server, whose they are, and on which day each was used last. For coordinators, who see all, and for whoever has an API key, who sees that one. Keys are made and revoked by `daybook apikey` on the server's machine.",
		Security:    withToken,
		Responses:   replies(reply{status: 200, about: "the keys", kinds: []string{jsonKind}, schema: "APIKeys", headers: []string{"Cache-Control"}}),
	}, s.listKeys)
}

// listKeys answers GET /v1/apikeys.
func (s *server) listKeys(w http.ResponseWriter, r *http.Request) {
	if s.Keys == nil {
		s.problem(w, r, errNoKeys)
		return
	}
	if s.Local && !namesThisMachine(r.Host) && s.believes(r) {
		s.problem(w, r, errHost)
		return
	}
	if isFromElsewhere(r) {
		s.problem(w, r, &problemError{http.StatusForbidden, "other-origin", "API keys are no business of pages from elsewhere"})
		return
	}
	right, err := s.consumerRight(r.Context(), "apikeys")
	if err != nil {
		s.problem(w, r, err)
		return
	}
	all, err := s.Keys()
	if err != nil {
		s.problem(w, r, err)
		return
	}
	list := KeyList{[]KeyShown{}}
	for _, k := range all {
		if right.All || right.Owner == "key:"+k.ID {
			list.Keys = append(list.Keys, KeyShown{k.ID, k.Name, k.Created, k.LastUsed, k.Revoked})
		}
	}
	w.Header().Set("Cache-Control", "private, no-store")
	s.writeJSON(w, r, http.StatusOK, list)
}

var errNoKeys = &problemError{http.StatusNotFound, "not-found", "this server has no API keys"}
