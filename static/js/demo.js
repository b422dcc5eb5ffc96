// The script of the virtual phone, beside the desk's own: the page is kept true by <live-status>.
import "./demo/read-aloud.js";
