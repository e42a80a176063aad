package api

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// anywhere are the statuses of problems that any operation may answer with: what was asked is not well formed, a token is worth nothing, nothing fits Accept, too much was asked, or something is wrong here.
var anywhere = []int{
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotAcceptable, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
}

// statusesOf are the statuses of problems that an operation may answer with.
func statusesOf(path string, op *huma.Operation) []int {
	all := slices.Clone(anywhere)
	if tag := op.Tags[0]; strings.Contains(path, "{") || slices.Contains([]string{tagMeasures, tagFollow, tagProofs, tagLog, tagWebhooks}, tag) || path == "/v1/events" || path == "/.well-known/security.txt" {
		all = append(all, http.StatusNotFound) // what is asked for is not there, or this server has no such part
	}
	if op.Security != nil {
		all = append(all, http.StatusForbidden)
	}
	if slices.Contains(op.Tags, tagViews) || slices.Contains(op.Tags, tagMeasures) {
		all = append(all, http.StatusPreconditionFailed, http.StatusUnprocessableEntity) // of tables
	}
	if op.RequestBody != nil {
		all = append(all, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	}
	if slices.Contains(op.Tags, tagCommands) && op.Method == http.MethodPost {
		all = append(all, http.StatusPreconditionFailed, http.StatusMisdirectedRequest)
	}
	return all
}

// problematic says of every operation with which problems it may answer, and gives the answers that it refers to, by their names among the components.
func (d *described) problematic() map[string]*huma.Response {
	components := map[string]*huma.Response{"Problem": problemReply("Something is wrong with the request, or here. `type` says what, and is where to read more.", example("problem"))}
	for path, item := range d.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Delete} {
			if op == nil {
				continue
			}
			for _, status := range statusesOf(path, op) {
				code := strconv.Itoa(status)
				if op.Responses[code] != nil {
					continue // answers to a file
				}
				op.Responses[code] = &huma.Response{Ref: "#/components/responses/Problem" + code}
				if name := "Problem" + code; components[name] == nil {
					components[name] = problemReply(http.StatusText(status)+": "+strings.Join(namesOf(status), ", ")+".", nil)
				}
			}
		}
	}
	return components
}

// namesOf are the names of the problems that have a status.
func namesOf(status int) (names []string) {
	for _, p := range Problems() {
		if slices.Contains(p.Statuses, status) {
			names = append(names, fmt.Sprintf("[%s](%s)", p.Name, p.Type))
		}
	}
	return names
}

func problemReply(about string, value any) *huma.Response {
	r := &huma.Response{Description: about, Headers: map[string]*huma.Param{}, Content: map[string]*huma.MediaType{problemKind: {Schema: &huma.Schema{Ref: schemaAt + "Problem"}, Example: value}}}
	for _, name := range []string{"Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy", "Allow", "WWW-Authenticate"} {
		r.Headers[name] = &huma.Param{Ref: "#/components/headers/" + name}
	}
	return r
}
