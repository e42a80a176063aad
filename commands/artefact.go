package commands

func artefactCommands() []Command {
	return []Command{
		define("add-artefact-version", "bring a new version of a question, a text, a script", (*Service).AddArtefactVersion),
	}
}
