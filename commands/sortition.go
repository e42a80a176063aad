package commands

func sortitionCommands() []Command {
	return []Command{}
}
