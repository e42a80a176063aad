// Package disclosure hides small cells of published tables, and as many others as it takes that nobody can reckon them back.
package disclosure
