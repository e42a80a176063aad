// Package daybook is the client that oapi-codegen makes of api/openapi.json. Nothing of it is kept: the test puts it here while it builds.
package daybook
