package commands

func codingCommands() []Command {
	return []Command{}
}
