// Package discovery says what there is and where: the catalogue of APIs (RFC 9727), the catalogue of data (DCAT 3), whom to tell of a hole (RFC 9116), and what robots may read.
package discovery

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"daybook.internal/release/dcat"
)

// A Site is what is described.
type Site struct {
	Public   string    // its address, such as https://daybook.example; empty: as each request names it
	Contacts []string  // whom to tell of a hole, as addresses such as mailto:security@daybook.example; none: there is no security.txt
	Licence  string    // address of the licence of the data; empty: not said
	Title    string    // of the data as a whole
	Docs     string    // path of the page for people
	Spec     string    // path of the OpenAPI document
	Status   string    // path of what tells whether the API is well
	Robots   []string  // paths that robots leave alone
	Datasets []Dataset // by name
}

// A Dataset is a view.
type Dataset struct {
	Name, About, Path string
	Version           int
	Forms             []Form
}

// A Form is one in which it can be had.
type Form struct {
	Name      string // json, csv, …
	MediaType string
	Query     string // after its path, such as format=csv; empty: nothing
}

// host is what a Host header may be: what else is in it stands in no address.
var host = regexp.MustCompile(`^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?$`)

// base is the address of the site, without a slash at its end; empty where it is not known, and then addresses are relative.
func (s Site) base(r *http.Request) string {
	if s.Public != "" {
		return strings.TrimSuffix(s.Public, "/")
	}
	if !host.MatchString(r.Host) {
		return ""
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// Links are the Link headers (RFC 8288) of the first page: what describes the API for programs and for people.
func (s Site) Links() []string {
	return []string{
		`</.well-known/api-catalog>; rel="api-catalog"`,
		fmt.Sprintf(`<%s>; rel="service-desc"; type="application/vnd.oai.openapi+json"`, s.Spec),
		fmt.Sprintf(`<%s>; rel="service-doc"; type="text/html"`, s.Docs),
		fmt.Sprintf(`<%s>; rel="status"`, s.Status),
		`</catalog.jsonld>; rel="describedby"; type="application/ld+json"`,
	}
}

type target struct {
	Href  string `json:"href"`
	Type  string `json:"type,omitempty"`
	Title string `json:"title,omitempty"`
}

// linkset is that of RFC 9264.
type linkset struct {
	Linkset []linkContext `json:"linkset"`
}

type linkContext struct {
	Anchor      string   `json:"anchor"`
	Item        []target `json:"item,omitempty"`
	ServiceDesc []target `json:"service-desc,omitempty"`
	ServiceDoc  []target `json:"service-doc,omitempty"`
	ServiceMeta []target `json:"service-meta,omitempty"`
	Status      []target `json:"status,omitempty"`
}

// APICatalog is /.well-known/api-catalog.
func (s Site) APICatalog(w http.ResponseWriter, r *http.Request) {
	at := s.base(r)
	api := at + "/v1/"
	w.Header().Set("Link", `</.well-known/api-catalog>; rel="api-catalog"`)
	write(w, `application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"`, linkset{[]linkContext{
		{Anchor: at + "/.well-known/api-catalog", Item: []target{{Href: api, Title: s.Title}}},
		{
			Anchor:      api,
			ServiceDesc: []target{{at + s.Spec, "application/vnd.oai.openapi+json", "OpenAPI"}},
			ServiceDoc:  []target{{at + s.Docs, "text/html", "Documentation"}},
			ServiceMeta: []target{{at + "/catalog.jsonld", "application/ld+json", "Catalogue of the data (DCAT 3)"}},
			Status:      []target{{Href: at + s.Status}},
		},
	}})
}

// SecurityTXT is /.well-known/security.txt at a time. It expires after half a year, as RFC 9116 asks for less than one; whoever serves it anew renews it. ok is false where there is no contact.
func (s Site) SecurityTXT(r *http.Request, now time.Time) (text string, ok bool) {
	if len(s.Contacts) == 0 {
		return "", false
	}
	var b strings.Builder
	for _, c := range s.Contacts {
		fmt.Fprintf(&b, "Contact: %s\n", c)
	}
	fmt.Fprintf(&b, "Expires: %s\n", now.UTC().Truncate(24*time.Hour).AddDate(0, 6, 0).Format(time.RFC3339))
	b.WriteString("Preferred-Languages: en\n")
	if at := s.base(r); strings.HasPrefix(at, "https://") {
		fmt.Fprintf(&b, "Canonical: %s/.well-known/security.txt\n", at)
	}
	return b.String(), true
}

// CheckContact tells whether a contact is an address as RFC 9116 wants it: mailto:, tel: or https:.
func CheckContact(c string) error {
	u, err := url.Parse(c)
	if err != nil || strings.ContainsAny(c, "\r\n ") || (u.Scheme != "https" && u.Scheme != "mailto" && u.Scheme != "tel") || u.Host+u.Opaque == "" {
		return fmt.Errorf("%q is no contact: name an address such as mailto:security@daybook.example or https://daybook.example/security", c)
	}
	return nil
}

// RobotsTXT is /robots.txt (RFC 9309): lists and documents may be indexed, what is computed for each request may not.
func (s Site) RobotsTXT() string {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for _, p := range s.Robots {
		fmt.Fprintf(&b, "Disallow: %s\n", p)
	}
	b.WriteString("Allow: /\n")
	return b.String()
}

type catalogue struct {
	Context     map[string]any `json:"@context"`
	ID          string         `json:"@id"`
	Type        string         `json:"@type"`
	Title       []dcat.Text    `json:"dct:title"`
	Description []dcat.Text    `json:"dct:description"`
	Licence     *dcat.Link     `json:"dct:license,omitempty"`
	Service     service        `json:"dcat:service"`
	Datasets    []dataset      `json:"dcat:dataset"`
}

type service struct {
	ID          string      `json:"@id"`
	Type        string      `json:"@type"`
	Title       []dcat.Text `json:"dct:title"`
	Endpoint    dcat.Link   `json:"dcat:endpointURL"`
	Description dcat.Link   `json:"dcat:endpointDescription"`
	Serves      []dcat.Link `json:"dcat:servesDataset"`
}

type dataset struct {
	ID            string              `json:"@id"`
	Type          string              `json:"@type"`
	Identifier    string              `json:"dct:identifier"`
	Title         []dcat.Text         `json:"dct:title"`
	Description   []dcat.Text         `json:"dct:description"`
	Version       string              `json:"dcat:version"`
	Licence       *dcat.Link          `json:"dct:license,omitempty"`
	Distributions []dcat.Distribution `json:"dcat:distribution"`
}

// Catalogue is /catalog.jsonld: each view is a data set, each of its forms a distribution.
func (s Site) Catalogue(w http.ResponseWriter, r *http.Request) {
	at := s.base(r)
	var licence *dcat.Link
	if s.Licence != "" {
		licence = &dcat.Link{ID: s.Licence}
	}
	c := catalogue{
		Context: dcat.Context(), ID: at + "/catalog.jsonld", Type: "dcat:Catalog", Title: dcat.English(s.Title), Licence: licence, Datasets: []dataset{},
		Description: dcat.English("The views that this server serves. Each is folded from the ledger and can be made again from it; an answer names its position in Ledger-Position."),
		Service: service{
			ID: at + "/v1/", Type: "dcat:DataService", Title: dcat.English("HTTP API"), Endpoint: dcat.Link{ID: at + "/v1/"}, Description: dcat.Link{ID: at + s.Spec}, Serves: []dcat.Link{},
		},
	}
	for _, d := range s.Datasets {
		address := at + d.Path
		set := dataset{
			ID: address, Type: "dcat:Dataset", Identifier: d.Name, Title: dcat.English(d.Name), Description: dcat.English(d.About), Version: fmt.Sprint(d.Version), Licence: licence,
			Distributions: []dcat.Distribution{},
		}
		for _, f := range d.Forms {
			to := address
			if f.Query != "" {
				to += "?" + f.Query
			}
			one := dcat.Distribution{Type: "dcat:Distribution", Title: dcat.English(d.Name + " as " + f.Name), AccessURL: &dcat.Link{ID: to}, Licence: licence}
			one.SetMediaType(f.MediaType)
			set.Distributions = append(set.Distributions, one)
		}
		c.Service.Serves, c.Datasets = append(c.Service.Serves, dcat.Link{ID: address}), append(c.Datasets, set)
	}
	write(w, "application/ld+json", c)
}

func write(w http.ResponseWriter, kind string, v any) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // the client has gone
}
