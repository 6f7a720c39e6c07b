//! Words of the lab's values beside the form.
