// Package tabular answers with the documents of a view in the forms that newsrooms and statisticians load: CSV, NDJSON and Parquet, beside the API's own JSON. Tables and their bytes
// are those of release/table, so a column is called the same in an answer and in a release.
package tabular

import (
	"errors"
	"fmt"
	"mime"
	"strconv"
	"strings"
)

// A Format of an answer.
type Format string

// The formats, in the order in which they are given to those who do not mind.
const (
	JSON    Format = "json"    // documents as the API serves them
	CSV     Format = "csv"     // RFC 4180, UTF-8, with a header
	NDJSON  Format = "ndjson"  // a document on each line, or a row of a table
	Parquet Format = "parquet" // uncompressed, so that bytes are the same everywhere
)

// Formats are all of them.
func Formats() []Format { return []Format{JSON, CSV, NDJSON, Parquet} }

// MediaType is what stands in Content-Type.
func (f Format) MediaType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8; header=present" // RFC 4180, 3
	case NDJSON:
		return "application/x-ndjson"
	case Parquet:
		return "application/vnd.apache.parquet"
	}
	return "application/json"
}

// Name is the media type without parameters.
func (f Format) Name() string { return f.names()[0] }

// names are the media types by which a format may be asked for: the first is its own, the others are what is in use as well.
func (f Format) names() []string {
	switch f {
	case CSV:
		return []string{"text/csv"}
	case NDJSON:
		return []string{"application/x-ndjson", "application/ndjson", "application/jsonl"}
	case Parquet:
		return []string{"application/vnd.apache.parquet"}
	}
	return []string{"application/json"}
}

// parameters are those that a format has; a range that asks for another value of one, or for one that it has not, does not mean it.
func (f Format) parameters() map[string]string {
	if f == CSV {
		return map[string]string{"charset": "utf-8", "header": "present"}
	}
	if f == JSON || f == NDJSON {
		return map[string]string{"charset": "utf-8"} // none is defined for JSON, but many send it
	}
	return nil
}

// ErrNotAcceptable says that no format is one that Accept admits.
var ErrNotAcceptable = errors.New("there is no such form here: application/json, text/csv, application/x-ndjson and application/vnd.apache.parquet are, or ?format=json|csv|ndjson|parquet")

// Negotiate chooses a format by the lines of an Accept header (RFC 9110, 12.5.1): for each format the most specific range that means it tells its quality; the best one is taken, and
// of equals the one that stands first in offered. No header admits everything. Ranges that cannot be read are passed over, as if they had not been sent.
func Negotiate(accept []string, offered ...Format) (Format, error) {
	ranges := parseAccept(accept)
	if len(ranges) == 0 && len(offered) > 0 {
		return offered[0], nil
	}
	best, quality := Format(""), 0
	for _, f := range offered {
		if q := qualityOf(f, ranges); q > quality {
			best, quality = f, q
		}
	}
	if quality == 0 {
		return "", ErrNotAcceptable
	}
	return best, nil
}

// mediaRange is one of an Accept header.
type mediaRange struct {
	kind, sub  string // "*" for any
	parameters map[string]string
	quality    int // thousandths
}

// specificity orders ranges that mean the same format: */* before type/* before type/subtype before one with parameters.
func (r mediaRange) specificity() int {
	switch {
	case r.kind == "*":
		return 0
	case r.sub == "*":
		return 1
	}
	return 2 + len(r.parameters)
}

func (r mediaRange) means(f Format) bool {
	for _, name := range f.names() {
		kind, sub, _ := strings.Cut(name, "/")
		if (r.kind != "*" && r.kind != kind) || (r.sub != "*" && r.sub != sub) {
			continue
		}
		has, all := f.parameters(), true
		for p, v := range r.parameters {
			all = all && strings.EqualFold(has[p], v)
		}
		if all {
			return true
		}
	}
	return false
}

func qualityOf(f Format, ranges []mediaRange) (quality int) {
	specificity := -1
	for _, r := range ranges {
		if s := r.specificity(); r.means(f) && (s > specificity || s == specificity && r.quality > quality) {
			specificity, quality = s, r.quality
		}
	}
	return quality
}

// parseAccept reads the ranges of all lines, and leaves out what is none.
func parseAccept(lines []string) (all []mediaRange) {
	for _, line := range lines {
		for _, element := range splitList(line) {
			if r, err := parseRange(element); err == nil {
				all = append(all, r)
			}
		}
	}
	return all
}

// splitList takes a list apart at its commas, but for those in quoted strings.
func splitList(line string) (elements []string) {
	quoted, from := false, 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			elements = append(elements, line[from:i])
			from = i + 1
		}
	}
	return append(elements, line[from:])
}

func parseRange(element string) (mediaRange, error) {
	name, parameters, err := mime.ParseMediaType(element)
	if err != nil {
		return mediaRange{}, err
	}
	r := mediaRange{quality: 1000, parameters: parameters}
	var ok bool
	if r.kind, r.sub, ok = strings.Cut(name, "/"); !ok || r.kind == "" || r.sub == "" || (r.kind == "*" && r.sub != "*") {
		return mediaRange{}, fmt.Errorf("%q is no range of media types", name)
	}
	if q, there := parameters["q"]; there {
		delete(parameters, "q")
		if r.quality, err = parseQuality(q); err != nil {
			return mediaRange{}, err
		}
	}
	return r, nil
}

// parseQuality reads a qvalue: 0 to 1 with at most three digits after the point.
func parseQuality(q string) (int, error) {
	whole, fraction, _ := strings.Cut(q, ".")
	if (whole != "0" && whole != "1") || len(fraction) > 3 || strings.Trim(fraction, "0123456789") != "" {
		return 0, fmt.Errorf("%q is no quality", q)
	}
	n, err := strconv.Atoi(whole + (fraction + "000")[:3])
	if err != nil || n > 1000 {
		return 0, fmt.Errorf("%q is no quality", q)
	}
	return n, nil
}
