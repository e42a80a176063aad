package stats

// An Algorithm is a method by its name and version, such as "wilson/1". Views carry it beside the figure. A change that can move a digit is another version.
type Algorithm string

// The algorithms of this package. The functions that follow them are in brackets.
const (
	AlgorithmWilson           Algorithm = "wilson/1"                      // [Wilson] [WilsonEffective]
	AlgorithmNewcombe         Algorithm = "newcombe-hybrid-score/1"       // [Newcombe]
	AlgorithmTwoProportions   Algorithm = "two-proportion-z/1"            // [TwoProportions]
	AlgorithmTableRobust      Algorithm = "icc1-design-effect-wilson/1"   // [TableRobust] [ICC]
	AlgorithmTableMean        Algorithm = "table-mean-linearised/1"       // [TableMean]
	AlgorithmPooled           Algorithm = "pooled-wilson/1"               // [Pooled]
	AlgorithmEqualCountry     Algorithm = "equal-country/1"               // [EqualCountry]
	AlgorithmPopulation       Algorithm = "population-weighted/1"         // [PopulationWeighted]
	AlgorithmPostStratify     Algorithm = "post-stratification/1"         // [PostStratify]
	AlgorithmRake             Algorithm = "raking-trimmed/1"              // [Rake]
	AlgorithmKish             Algorithm = "kish-effective-base/1"         // [Kish]
	AlgorithmRepresent        Algorithm = "representativeness/1"          // [Represent]
	AlgorithmLargestRemainder Algorithm = "largest-remainder/1"           // [LargestRemainder]
	AlgorithmBorda            Algorithm = "borda-length-fixed-average/1"  // [Rank]
	AlgorithmSchulze          Algorithm = "schulze-winning-votes/1"       // [Rank]
	AlgorithmAllocation       Algorithm = "allocation/1"                  // [Allocate]
	AlgorithmScale            Algorithm = "scale/1"                       // [Describe]
	AlgorithmTransition       Algorithm = "transition/1"                  // [Transitions]
	AlgorithmMcNemar          Algorithm = "mcnemar/1"                     // [McNemar]
	AlgorithmStuartMaxwell    Algorithm = "stuart-maxwell/1"              // [StuartMaxwell]
	AlgorithmPairedMeans      Algorithm = "paired-t/1"                    // [PairedMeans]
	AlgorithmWilcoxon         Algorithm = "wilcoxon-signed-rank-normal/1" // [Wilcoxon]
	AlgorithmBenjamini        Algorithm = "benjamini-hochberg/1"          // [BenjaminiHochberg]
	AlgorithmDRI              Algorithm = "deliberative-reason-index/1"   // [DRI]
	AlgorithmJSD              Algorithm = "jensen-shannon/1"              // [JSD] [GeneralisedJSD] [CountryVersusRest]
	AlgorithmPermutation      Algorithm = "jsd-permutation-xoshiro256/2"  // [PermuteJSD]
	AlgorithmMinimum          Algorithm = "minimum-country-agreement/1"   // [MinimumAgreement]
	AlgorithmOutliers         Algorithm = "outliers-median-familywise/1"  // [Outliers]
	AlgorithmAlpha            Algorithm = "krippendorff-alpha-nominal/1"  // [KrippendorffNominal]
	AlgorithmKappa            Algorithm = "cohen-kappa/1"                 // [CohenKappa]
	AlgorithmSimpson          Algorithm = "gini-simpson/1"                // [Simpson] [Mix]
)

// A Method is an algorithm with what it is and where it is written down.
type Method struct {
	Algorithm Algorithm
	What      string
	Reference string
}

// Methods lists every algorithm of this package, in the order of the constants.
func Methods() []Method {
	return []Method{
		{AlgorithmWilson, "score interval of a share", "Wilson 1927, JASA 22:209; Brown, Cai & DasGupta 2001, Statistical Science 16:101"},
		{AlgorithmNewcombe, "interval of a difference of two independent shares from their Wilson intervals (method 10)", "Newcombe 1998, Statistics in Medicine 17:873"},
		{AlgorithmTwoProportions, "z test of two independent shares with pooled variance", "Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, 3.1"},
		{AlgorithmTableRobust, "share of people who sat at tables: ICC(1), design effect, Wilson on the effective base, linearised variance", "Kish 1965, Survey Sampling; Shrout & Fleiss 1979, Psychological Bulletin 86:420"},
		{AlgorithmTableMean, "mean of people who sat at tables: ICC(1), linearised variance, t with a degree of freedom less than tables", "Kish 1965, Survey Sampling; Cochran 1977, Sampling Techniques, 9A"},
		{AlgorithmPooled, "share of all people of all countries, Wilson", "Wilson 1927"},
		{AlgorithmEqualCountry, "mean of the countries' shares; normal, logit near 0 and 1, Wilson on the effective base where the variance is 0", "Cochran 1977, Sampling Techniques, 5"},
		{AlgorithmPopulation, "mean of the countries' shares by population; intervals as equal-country", "Cochran 1977, Sampling Techniques, 5"},
		{AlgorithmPostStratify, "post-stratified share, empty strata merged by the frozen plan", "Holt & Smith 1979, JRSS A 142:33"},
		{AlgorithmRake, "weights that meet several margins, trimmed to 0.2-5 times their mean and raked again", "Deming & Stephan 1940, Annals of Mathematical Statistics 11:427"},
		{AlgorithmKish, "effective base of weighted people", "Kish 1965, Survey Sampling, 11.7"},
		{AlgorithmRepresent, "GRI, proportional similarity, R-score, disparity, coverage, chi-squared", "Rose 1936 index of dissimilarity; Vegelius, Janson & Johansson 1986, Quality & Quantity 20:343"},
		{AlgorithmLargestRemainder, "seats by Hare quota and largest remainder", "Balinski & Young 1982, Fair Representation"},
		{AlgorithmBorda, "length, fixed and average Borda points", "Emerson 2013, Social Choice and Welfare 40:353; Dummett 1997, Principles of Electoral Reform"},
		{AlgorithmSchulze, "strongest paths by winning votes; Condorcet winner", "Schulze 2011, Social Choice and Welfare 36:267"},
		{AlgorithmAllocation, "mean, median, share above 0 and distribution of points given to options", "none; arithmetic"},
		{AlgorithmScale, "mean, median, variance and distribution of answers on a scale", "none; arithmetic"},
		{AlgorithmTransition, "transition matrix, gross and net change", "Dillman 1974; Fishkin 2018, Democracy When the People Are Thinking"},
		{AlgorithmMcNemar, "test of change of a dichotomy: chi-squared with and without continuity, exact binomial below 25 changes", "McNemar 1947, Psychometrika 12:153; Edwards 1948, Psychometrika 13:185"},
		{AlgorithmStuartMaxwell, "test of marginal homogeneity of k options", "Stuart 1955, Biometrika 42:412; Maxwell 1970, British Journal of Psychiatry 116:651"},
		{AlgorithmPairedMeans, "mean change of matched pairs with Student's t, variance ratio, crossings of the midpoint", "Student 1908, Biometrika 6:1"},
		{AlgorithmWilcoxon, "signed ranks, zeros dropped, normal with correction for ties, no continuity", "Wilcoxon 1945, Biometrics Bulletin 1:80"},
		{AlgorithmBenjamini, "p-values adjusted for the false discovery rate", "Benjamini & Hochberg 1995, JRSS B 57:289"},
		{AlgorithmDRI, "intersubjective consistency of considerations and preferences", "Niemeyer, Veri, Dryzek & Bächtiger 2024, American Political Science Review 118:345"},
		{AlgorithmJSD, "Jensen-Shannon divergence in bits, its distance, total variation, generalised form, country against the rest", "Lin 1991, IEEE Transactions on Information Theory 37:145"},
		{AlgorithmPermutation, "permutation p-value (1+more)/(1+rounds) of the generalised divergence and of each country against the rest", "Phipson & Smyth 2010, SAGMB 9:39; Blackman & Vigna 2021, ACM TOMS 47:36"},
		{AlgorithmMinimum, "smallest share over countries that have the least base", "Global Dialogues"},
		{AlgorithmOutliers, "countries whose divergence from the rest is above a multiple of the median and significant", "own; Westfall & Young 1993, Resampling-Based Multiple Testing, 2.3"},
		{AlgorithmAlpha, "Krippendorff's alpha for nominal codes, missing codes allowed", "Krippendorff 2011, Computing Krippendorff's Alpha-Reliability"},
		{AlgorithmKappa, "Cohen's kappa of two coders", "Cohen 1960, Educational and Psychological Measurement 20:37"},
		{AlgorithmSimpson, "diversity of tables, 1-Σp², beside that of their room", "Simpson 1949, Nature 163:688"},
	}
}
