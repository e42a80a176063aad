package commands

func partnerCommands() []Command {
	return []Command{}
}
