package commands

// ReadContent is for the tests that read content without running it.
var ReadContent = readContent
