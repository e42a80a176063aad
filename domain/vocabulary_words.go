package domain

import (
	"maps"
	"reflect"
	"slices"
)

// words are the closed vocabularies by their types: the sets by which decisions know a word, and those that a decision spells out.
var words = merged(
	closed(phases...), closed(GlobalScope, NationalScope), closedSet(sessionKinds), closedSet(chambers), closedSet(waves), closedSet(rankScorings),
	closedSet(artefactKinds), closed(SingleChoice, MultipleChoice, Likert, Ranking, Allocation, Open, Endorse),
	closed(HighIsFavourable, LowIsFavourable), closed(YesNoAbstain, FivePoint), closed(slices.Concat(yesNoAbstain, fivePoint)...), closed(Individual, TableUnit), closedSet(nonResponses),
	closedSet(modes), closedSet(sampleTypes), closed(Minor, Major), closedSet(routes), closedSet(supports),
	closedSet(consentScopes), closedSet(consentMethods), closed(StopFuture, VoidOpenBallots), closedSet(channels), closedSet(voidReasons),
	closedSet(statementKinds), closed(Accept, Refuse, Hide, Restore), closedSet(statementRelations), closedSet(reactionValues),
	closedSet(levels), closedSet(bodies), closedSet(recommendationKinds), closedSet(sourceRoles), closedSet(outcomes), closedSet(roles),
	closedSet(partnerKinds), closedSet(interestLevels), closedSet(reviewKinds), closedSet(verdicts), closedSet(translationMethods), closedSet(verificationMethods),
	closedSet(itemKinds), closedSet(entries), closedSet(tallySources), closedSet(codingMethods), closedSet(supersessions),
	closedSet(responseKinds), closedSet(followUpStatuses), closedSet(followUpSources), closedSet(publicationKinds), closedSet(seatAnswers),
)

// Words gives the words of a closed vocabulary in ascending order, by its type. No other type has any: what it may hold is no list.
func Words(t reflect.Type) []string { return slices.Clone(words[t]) }

func closed[T ~string](values ...T) map[reflect.Type][]string { return closedSet(setOf(values...)) }

func closedSet[T ~string](set map[T]bool) map[reflect.Type][]string {
	var all []string
	for _, w := range sortedKeys(set) {
		all = append(all, string(w))
	}
	return map[reflect.Type][]string{reflect.TypeFor[T](): all}
}

func merged(vocabularies ...map[reflect.Type][]string) map[reflect.Type][]string {
	all := make(map[reflect.Type][]string, len(vocabularies))
	for _, v := range vocabularies {
		maps.Copy(all, v)
	}
	return all
}
