"""The project package: settings, URLs and the small infrastructure that every app stands on."""
