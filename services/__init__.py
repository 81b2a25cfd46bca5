"""Work that is not a screen. Services know models and the session; never the request, a template or a Resource."""
