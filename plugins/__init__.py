"""The host of modules, and one folder a module; the seam is ``digital_resume.modules.api``."""
