package commands

func publicationCommands() []Command {
	return []Command{}
}
