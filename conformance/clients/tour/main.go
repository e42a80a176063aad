//go:build generated

// The tour of the README over HTTP, by the client that oapi-codegen makes of the OpenAPI document: tour ADDRESS. Each line is a step and what was seen.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"

	"daybook.internal/conformance/clients/daybook"
)

func main() {
	if err := tour(context.Background(), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func saw(step string, value any) {
	line, err := json.Marshal(map[string]any{"step": step, "value": value})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

// answer is what every operation gives.
type answer interface {
	Status() string
	StatusCode() int
	GetBody() []byte
}

// got tells of an answer that is not there, or that is a problem.
func got(a answer, err error) error {
	switch {
	case err != nil:
		return err
	case a.StatusCode() >= 400:
		return errors.New(a.Status() + ": " + string(a.GetBody()))
	}
	return nil
}

func tour(ctx context.Context, address string) error {
	api, err := daybook.NewClientWithResponses(address)
	if err != nil {
		return err
	}
	views, err := api.ListViewsWithResponse(ctx)
	if err := got(views, err); err != nil {
		return err
	}
	var names []string
	for _, v := range views.JSON200.Views {
		names = append(names, v.View)
	}
	slices.Sort(names)
	saw("views", names)

	conversation, err := api.GetConversationWithResponse(ctx, "brexit-consensus", nil)
	if err := got(conversation, err); err != nil {
		return err
	}
	saw("conversation", []any{conversation.JSON200.Respondents, conversation.JSON200.Statements, conversation.JSON200.Reactions.Agree})

	statement, err := api.GetStatementWithResponse(ctx, "brexit-consensus/36", nil)
	if err := got(statement, err); err != nil {
		return err
	}
	saw("statement", []any{statement.JSON200.Statement, statement.JSON200.Reactions.Agree})

	edition, err := api.GetEditionWithResponse(ctx, "ed_synthetic", nil)
	if err := got(edition, err); err != nil {
		return err
	}
	if edition.JSON200.Title.Text == nil || edition.JSON200.Synthetic == nil {
		return errors.New("the edition has no title, or is not simulated")
	}
	saw("edition", []any{(*edition.JSON200.Title.Text)["en"], *edition.JSON200.Synthetic})
	unchanged, err := api.GetEditionWithResponse(ctx, "ed_synthetic", nil, func(_ context.Context, r *http.Request) error {
		r.Header.Set("If-None-Match", *edition.Headers200.ETag)
		return nil
	})
	if err := got(unchanged, err); err != nil {
		return err
	}
	saw("unchanged", unchanged.StatusCode())

	back := daybook.Back
	lineage, err := api.GetProvenanceWithResponse(ctx, "rc_sim_vision_access", &daybook.GetProvenanceParams{Direction: &back})
	if err := got(lineage, err); err != nil {
		return err
	}
	drafted, ok := lineage.JSON200.Entity["st:recommendation-rc_sim_vision_access@1"]
	if !ok {
		return errors.New("the lineage has no draft")
	}
	saw("lineage", []any{len(lineage.JSON200.Entity), drafted.DbSeq})

	event, err := api.GetEventWithResponse(ctx, int64(drafted.DbSeq))
	if err := got(event, err); err != nil {
		return err
	}
	saw("event", []any{event.JSON200.Type, event.JSON200.Id == drafted.DbEvent})

	receipt, err := api.GetReceiptWithResponse(ctx, event.JSON200.Id.String())
	if err := got(receipt, err); err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(receipt.Body), "\n")
	saw("receipt", first)

	proof, err := api.GetInclusionWithResponse(ctx, int64(event.JSON200.Seq), nil)
	if err := got(proof, err); err != nil {
		return err
	}
	saw("proof", []any{proof.JSON200.Index, len(proof.JSON200.Path) > 0})

	actor := "coordinator:ada"
	open := daybook.OpenEdition{
		Edition: "ed_tour", Title: daybook.LTextInput{Source: "en", Text: map[string]string{"en": "A tour"}}, Mandate: daybook.LTextInput{Source: "en", Text: map[string]string{"en": "To try it"}},
		Languages: &[]daybook.Lang{"en"}, Coordinator: "pt_1", DecisionOwners: &[]string{},
	}
	for _, step := range []string{"command", "repeat"} {
		done, err := api.OpenEditionWithResponse(ctx, &daybook.OpenEditionParams{IdempotencyKey: "tour", DaybookActor: &actor}, open)
		if err := got(done, err); err != nil {
			return err
		}
		saw(step, []any{done.StatusCode(), done.JSON201.Stream, done.JSON201.Version, done.JSON201.Events[0].Type})
	}
	open.Languages = &[]daybook.Lang{}
	rejected, err := api.OpenEditionWithResponse(ctx, &daybook.OpenEditionParams{IdempotencyKey: "tour-2", DaybookActor: &actor}, open)
	if err != nil {
		return err
	}
	problem := rejected.ApplicationproblemJSON422
	if problem == nil {
		return errors.New("the edition without a language: " + rejected.Status())
	}
	saw("rejected", []any{rejected.StatusCode(), problem.Type, problem.Status})
	return nil
}
