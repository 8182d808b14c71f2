// Where the page starts when it is one file on a disk.

import { LocalEngine } from './local.js';
import { start } from './main.js';

start(new LocalEngine());
