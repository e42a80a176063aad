package commands

func synthesisCommands() []Command {
	return []Command{}
}
