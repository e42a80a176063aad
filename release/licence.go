package release

import (
	"fmt"
	"slices"
	"strings"
)

// Licence is one of the SPDX list (https://spdx.org/licenses/) that is made for data or texts.
type Licence struct {
	ID, Title, URL string
}

// DefaultLicence is taken where none is named.
const DefaultLicence = "CC-BY-4.0"

// Licences are those that can be named, by id.
func Licences() []Licence {
	return []Licence{
		{"CC-BY-4.0", "Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/"},
		{"CC-BY-NC-4.0", "Creative Commons Attribution Non Commercial 4.0 International", "https://creativecommons.org/licenses/by-nc/4.0/"},
		{"CC-BY-SA-4.0", "Creative Commons Attribution Share Alike 4.0 International", "https://creativecommons.org/licenses/by-sa/4.0/"},
		{"CC0-1.0", "Creative Commons Zero v1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"},
		{"ODC-By-1.0", "Open Data Commons Attribution License v1.0", "https://opendatacommons.org/licenses/by/1-0/"},
		{"ODbL-1.0", "Open Data Commons Open Database License v1.0", "https://opendatacommons.org/licenses/odbl/1-0/"},
		{"PDDL-1.0", "Open Data Commons Public Domain Dedication & License 1.0", "https://opendatacommons.org/licenses/pddl/1-0/"},
	}
}

// LicenceByID finds one of Licences. The error names all of them.
func LicenceByID(id string) (Licence, error) {
	all := Licences()
	i := slices.IndexFunc(all, func(l Licence) bool { return l.ID == id })
	if i < 0 {
		var ids []string
		for _, l := range all {
			ids = append(ids, l.ID)
		}
		return Licence{}, fmt.Errorf("licence %q is none of those for data that SPDX lists and that are known here: %s", id, strings.Join(ids, ", "))
	}
	return all[i], nil
}
