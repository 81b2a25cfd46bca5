// Signed in again: the form that had come too late is sent by itself. Without a script its button does it.

document.querySelector("form[data-send-at-once]")?.requestSubmit();
