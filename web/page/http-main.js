// Where the page starts when the program serves it.

import { HttpEngine } from './http.js';
import { start } from './main.js';

start(new HttpEngine());
