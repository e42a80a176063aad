package follow

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore"
)

// How keys say to which country a document belongs.
const (
	isPlace        = iota + 1 // the key is the country
	isDialogue                // the key begins with a dialogue
	isConversation            // the key begins with a conversation
	endsWithPlace             // the last part of the key is the country, or world
	inDialogue                // the second part of the key is a dialogue, or world
)

// located are the views whose documents belong to a country, and how their keys tell it.
var located = map[string]int{
	projections.Country.Name:         isPlace,
	projections.Dialogue.Name:        isDialogue,
	projections.Recruitment.Name:     isDialogue,
	projections.Room.Name:            isDialogue,
	projections.Tally.Name:           isDialogue,
	projections.Conversation.Name:    isConversation,
	projections.Statement.Name:       isConversation,
	measures.AllocationResult.Name:   endsWithPlace,
	measures.Change.Name:             endsWithPlace,
	measures.Changes.Name:            endsWithPlace,
	measures.Codes.Name:              endsWithPlace,
	measures.Crosstab.Name:           endsWithPlace,
	measures.RankingResult.Name:      endsWithPlace,
	measures.Reason.Name:             endsWithPlace,
	measures.Result.Name:             endsWithPlace,
	measures.Consent.Name:            inDialogue,
	measures.Funnel.Name:             inDialogue,
	measures.Reconciliation.Name:     inDialogue,
	measures.Representativeness.Name: inDialogue,
	measures.Seating.Name:            inDialogue,
	measures.Groups.Name:             isConversation,
	measures.Statements.Name:         isConversation,
}

// places knows in which country dialogues and conversations take place. That never changes, so each is read once. It is safe for concurrent use.
type places struct {
	store readstore.Store

	mu sync.Mutex
	of map[projections.Ref]string // guarded by mu
}

// country is the country that a document belongs to; empty where it belongs to none. The error says that it is not known now.
func (p *places) country(ctx context.Context, ref projections.Ref) (string, error) {
	parts := strings.Split(ref.Key, "/")
	at := projections.Ref{View: projections.Dialogue.Name, Key: parts[0]}
	switch located[ref.View] {
	case isPlace:
		return ref.Key, nil
	case endsWithPlace:
		return parts[len(parts)-1], nil
	case isConversation:
		at.View = projections.Conversation.Name
	case inDialogue:
		if len(parts) < 2 || parts[1] == string(measures.World) {
			return "", nil
		}
		at.Key = parts[1]
	case isDialogue:
	default:
		return "", nil
	}
	p.mu.Lock()
	place, ok := p.of[at]
	p.mu.Unlock()
	if ok {
		return place, nil
	}
	d, err := p.store.Get(ctx, at)
	if errors.Is(err, readstore.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var frame struct {
		Place string `json:"place"`
	}
	if err := json.Unmarshal(d.Data, &frame); err != nil {
		return "", err
	}
	if frame.Place != "" { // otherwise it is asked again the next time
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.of == nil {
			p.of = map[projections.Ref]string{}
		}
		p.of[at] = frame.Place
	}
	return frame.Place, nil
}
