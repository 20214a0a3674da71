// What every store must do, as data: each check is a sentence.
