"""One sign-in for every application: the portal as identity provider, with the approval on the phone as its heart."""
