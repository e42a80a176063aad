package commands

func tallyCommands() []Command {
	return []Command{}
}
