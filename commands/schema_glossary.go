package commands

// glossary has what members are that mean the same wherever they stand.
var glossary = map[string]string{}
